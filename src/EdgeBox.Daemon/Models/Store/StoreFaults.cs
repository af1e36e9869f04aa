using EdgeBox.Daemon.Failures;
using EdgeBox.Platform.Interop;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>Tells what the file system refused as what it means for the store.</summary>
internal static class StoreFaults
{
    /// <summary>Does something to the store's files.</summary>
    /// <exception cref="FailureException">STORAGE_FULL or STORAGE_FAILED.</exception>
    public static T Guard<T>(string path, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Of(exception, path);
        }
    }

    /// <summary>Does something to the store's files.</summary>
    /// <exception cref="FailureException">STORAGE_FULL or STORAGE_FAILED.</exception>
    public static void Guard(string path, Action act) => Guard(path, () =>
    {
        act();
        return true;
    });

    private static FailureException Of(Exception exception, string path) => exception is LinuxException { IsFull: true }
        ? new FailureException(ErrorReason.StorageFull,
            $"The disk under {path} is full. What this import had copied was removed; make room, e.g. with `edgeboxctl model remove`, and import again.", ("path", path))
        : new FailureException(ErrorReason.StorageFailed, $"The model store cannot be used: {exception.Message}", ("path", path));
}
