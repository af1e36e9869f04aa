using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>What becomes of a system call.</summary>
internal enum Verdict
{
    /// <summary>It is made.</summary>
    Allow,

    /// <summary>It fails with EPERM.</summary>
    Deny,

    /// <summary>It fails with ENOSYS, as on a kernel that is older than the call.</summary>
    Absent,

    /// <summary>The process dies.</summary>
    Kill,
}

/// <summary>A test on one argument's low 32 bits: when <c>(argument &amp; Mask) == Value</c>, the verdict holds.</summary>
internal readonly record struct ArgumentTest(int Argument, uint Mask, uint Value, Verdict Verdict)
{
    public static ArgumentTest Equal(int argument, uint value, Verdict verdict) => new(argument, uint.MaxValue, value, verdict);

    public static ArgumentTest Has(int argument, uint flags, Verdict verdict) => new(argument, flags, flags, verdict);
}

/// <summary>What is to become of one system call: the first test that holds, else the default.</summary>
internal sealed record SystemCallRule(string Name, Verdict Otherwise, params ArgumentTest[] Tests);

/// <summary>Turns rules into a classic BPF program for seccomp.</summary>
internal static class SystemCallFilter
{
    public const ushort LoadWord = 0x20;
    public const ushort And = 0x54;
    public const ushort JumpIfEqual = 0x15;
    public const ushort JumpIfGreater = 0x25;
    public const ushort Return = 0x06;

    public const uint ReturnKill = 0x80000000;
    public const uint ReturnErrno = 0x00050000;
    public const uint ReturnAllow = 0x7fff0000;

    private const uint OffsetOfNumber = 0;
    private const uint OffsetOfArchitecture = 4;
    private const uint OffsetOfArguments = 16;
    private const int LongestProgram = 4096;

    /// <summary>Compiles rules; a call without a rule is denied, one newer than the table is absent, another architecture's kills.</summary>
    public static FilterInstruction[] Compile(SystemCallTable table, IEnumerable<SystemCallRule> rules)
    {
        var program = new List<FilterInstruction>
        {
            new(LoadWord, 0, 0, OffsetOfArchitecture),
            new(JumpIfEqual, 1, 0, table.AuditArchitecture),
            new(Return, 0, 0, Encode(Verdict.Kill)),
            new(LoadWord, 0, 0, OffsetOfNumber),
            new(JumpIfGreater, 0, 1, (uint)table.Newest),
            new(Return, 0, 0, Encode(Verdict.Absent)),
        };
        foreach (var rule in rules)
        {
            if (table.Numbers.TryGetValue(rule.Name, out var number))
            {
                Append(program, number, rule);
            }
        }

        program.Add(new(Return, 0, 0, Encode(Verdict.Deny)));
        return program.Count <= LongestProgram
            ? [.. program]
            : throw new InvalidOperationException($"The filter has {program.Count} instructions; the kernel takes {LongestProgram}.");
    }

    public static uint Encode(Verdict verdict) => verdict switch
    {
        Verdict.Allow => ReturnAllow,
        Verdict.Deny => ReturnErrno | NativeMethods.EPERM,
        Verdict.Absent => ReturnErrno | NativeMethods.ENOSYS,
        _ => ReturnKill,
    };

    private static void Append(List<FilterInstruction> program, int number, SystemCallRule rule)
    {
        var body = new List<FilterInstruction>();
        foreach (var test in rule.Tests)
        {
            body.Add(new(LoadWord, 0, 0, OffsetOfArguments + (8 * (uint)test.Argument)));
            if (test.Mask != uint.MaxValue)
            {
                body.Add(new(And, 0, 0, test.Mask));
            }

            body.Add(new(JumpIfEqual, 0, 1, test.Value));
            body.Add(new(Return, 0, 0, Encode(test.Verdict)));
        }

        body.Add(new(Return, 0, 0, Encode(rule.Otherwise)));
        // A jump is one byte wide; a rule longer than that is a mistake in the rules, found by every start and every test.
        program.Add(new(JumpIfEqual, 0, checked((byte)body.Count), (uint)number));
        program.AddRange(body);
    }
}
