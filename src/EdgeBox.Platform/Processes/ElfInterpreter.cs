using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Processes;

/// <summary>Finds the program that loads a dynamically linked program, which must be executable along with it.</summary>
internal static class ElfInterpreter
{
    private const int HeaderLength = 64;
    private const int ProgramHeaderLength = 56;
    private const int MostProgramHeaders = 256;
    private const int LongestPath = 4096;
    private const uint TypeInterpreter = 3;

    /// <summary>The interpreter's path, or null for a statically linked program.</summary>
    /// <exception cref="ProcessStartException">The file is not a 64-bit little-endian ELF program.</exception>
    public static string? Find(string path)
    {
        using var file = Open(path);
        Span<byte> header = stackalloc byte[HeaderLength];
        if (RandomAccess.Read(file, header, 0) != HeaderLength || !header[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new ProcessStartException($"'{path}' is not a 64-bit ELF program; scripts and other formats cannot be sandboxed.");
        }

        var offset = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        if (size != ProgramHeaderLength || count > MostProgramHeaders || offset < 0)
        {
            throw new ProcessStartException($"'{path}' has a malformed ELF header ({count} program headers of {size} bytes at {offset}).");
        }

        Span<byte> entry = stackalloc byte[ProgramHeaderLength];
        for (var i = 0; i < count; i++)
        {
            if (RandomAccess.Read(file, entry, offset + (i * ProgramHeaderLength)) != ProgramHeaderLength)
            {
                throw new ProcessStartException($"'{path}' ends within its ELF program headers.");
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) == TypeInterpreter)
            {
                return ReadPath(file, path, entry);
            }
        }

        return null;
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProcessStartException($"The program '{path}' cannot be opened: {e.Message}", e);
        }
    }

    private static string ReadPath(SafeFileHandle file, string path, ReadOnlySpan<byte> entry)
    {
        var offset = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
        var length = BinaryPrimitives.ReadInt64LittleEndian(entry[32..]);
        if (offset < 0 || length is < 2 or > LongestPath)
        {
            throw new ProcessStartException($"'{path}' names an interpreter of {length} bytes at {offset}; 2 to {LongestPath} bytes are possible.");
        }

        var buffer = new byte[length];
        return RandomAccess.Read(file, buffer, offset) == length && buffer[^1] == 0
            ? Encoding.UTF8.GetString(buffer.AsSpan(..^1))
            : throw new ProcessStartException($"'{path}' names an interpreter that is cut off.");
    }
}
