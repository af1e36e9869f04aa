using System.Globalization;
using System.Text.RegularExpressions;
using CsCheck;
using EdgeBox.Platform.Interop;
using EdgeBox.Platform.Processes;
using Xunit;

namespace EdgeBox.Platform.Tests.Processes;

/// <summary>The compiled filter is run by a small machine of its own, and says what the rules say.</summary>
public sealed partial class SystemCallFilterTests
{
    private const uint X64 = 0xC000003E;
    private const int Parent = 4711;

    private static readonly SystemCallTable s_table = SystemCallTable.Current!;

    [Fact]
    public void Compile_AnyCallWithAnyArguments_GivesTheVerdictOfTheRules()
    {
        var rules = SystemCallPolicy.For(Parent, compute: true).ToDictionary(rule => s_table.Numbers[rule.Name]);
        var program = SystemCallFilter.Compile(s_table, rules.Values);
        // Arguments near the ones that the rules name, and any others.
        var named = rules.Values.SelectMany(rule => rule.Tests).Select(test => test.Value).Append(0u).Distinct().ToArray();
        var near = Gen.Select(Gen.Int[0, named.Length - 1], Gen.UInt[0, 3], (i, more) => named[i] | more);
        var argument = Gen.OneOf(Gen.Int[0, named.Length - 1].Select(i => named[i]), Gen.UInt, near);
        Gen.Select(Gen.Int[0, 520], argument.Array[6]).Sample(
            (number, arguments) => Assert.Equal(Expected(rules, number, arguments), Run(program, X64, (uint)number, arguments)), iter: 20_000);
    }

    [Fact]
    public void Compile_OtherArchitectureOrX32_IsNeverAllowed()
    {
        var program = SystemCallFilter.Compile(s_table, SystemCallPolicy.For(Parent, compute: true));
        Gen.Select(Gen.UInt, Gen.UInt[0, 600]).Where((architecture, _) => architecture != X64).Sample(
            (architecture, number) => Assert.Equal(SystemCallFilter.ReturnKill, Run(program, architecture, number, new uint[6])));
        Gen.UInt[0, 600].Sample(number =>
            Assert.Equal(SystemCallFilter.Encode(Verdict.Absent), Run(program, X64, 0x40000000 | number, new uint[6])));
    }

    [Fact]
    public void For_WithoutCompute_DriversCannotBeControlled()
    {
        var program = SystemCallFilter.Compile(s_table, SystemCallPolicy.For(Parent, compute: false));
        var ioctl = (uint)s_table.Numbers["ioctl"];
        Assert.Equal(SystemCallFilter.Encode(Verdict.Deny), Run(program, X64, ioctl, [3, 0xc020462a, 0, 0, 0, 0]));
        Assert.Equal(SystemCallFilter.ReturnAllow, Run(program, X64, ioctl, [3, 0x5401, 0, 0, 0, 0]));
    }

    [Theory]
    [InlineData(true, 0x8u, true)]
    [InlineData(true, 0xBu, true)]
    [InlineData(true, 0x3u, false)]
    [InlineData(true, 0x13u, false)]
    [InlineData(false, 0x8u, false)]
    public void For_AnonymousFile_OnlyADriversThatNeverRuns(bool compute, uint flags, bool allowed)
    {
        var program = SystemCallFilter.Compile(s_table, SystemCallPolicy.For(Parent, compute));
        Assert.Equal(allowed ? SystemCallFilter.ReturnAllow : SystemCallFilter.Encode(Verdict.Deny), Run(program, X64, (uint)s_table.Numbers["memfd_create"], [0, flags, 0, 0, 0, 0]));
    }

    [Fact]
    public void For_EveryRule_NamesAKnownCallOnce()
    {
        var names = SystemCallPolicy.For(Parent, compute: true).Select(rule => rule.Name).ToList();
        Assert.Equal([], names.Where(name => !s_table.Numbers.ContainsKey(name)));
        Assert.Equal(names.Count, names.Distinct().Count());
        string[] never =
        [
            "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill",
            "bpf", "perf_event_open", "io_uring_setup", "userfaultfd", "keyctl", "mount", "unshare", "setns", "init_module", "kexec_load", "reboot",
            "execveat", "pidfd_getfd", "open_by_handle_at", "personality", "fork", "vfork", "shmget", "fchmod", "setxattr",
        ];
        Assert.Equal([], never.Intersect(names));
    }

    [Fact]
    public void Numbers_OfEveryCall_AreTheKernelHeaders()
    {
        const string Header = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";
        Assert.SkipUnless(File.Exists(Header), "no kernel headers (linux-libc-dev) on this machine");
        var numbers = Definition().Matches(File.ReadAllText(Header))
            .ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        Assert.Equal([], s_table.Numbers.Where(call => numbers.GetValueOrDefault(call.Key, -1) != call.Value));
    }

    private static uint Expected(Dictionary<int, SystemCallRule> rules, int number, uint[] arguments)
    {
        if (number > s_table.Newest)
        {
            return SystemCallFilter.Encode(Verdict.Absent);
        }

        if (!rules.TryGetValue(number, out var rule))
        {
            return SystemCallFilter.Encode(Verdict.Deny);
        }

        var test = rule.Tests.Where(test => (arguments[test.Argument] & test.Mask) == test.Value).Select(test => (Verdict?)test.Verdict).FirstOrDefault();
        return SystemCallFilter.Encode(test ?? rule.Otherwise);
    }

    private static uint Run(FilterInstruction[] program, uint architecture, uint number, uint[] arguments)
    {
        var accumulator = 0u;
        for (var i = 0; ; i++)
        {
            var (code, jumpTrue, jumpFalse, operand) = program[i];
            switch (code)
            {
                case SystemCallFilter.LoadWord:
                    accumulator = operand switch { 0 => number, 4 => architecture, _ => arguments[(operand - 16) / 8] };
                    break;
                case SystemCallFilter.And:
                    accumulator &= operand;
                    break;
                case SystemCallFilter.JumpIfEqual:
                    i += accumulator == operand ? jumpTrue : jumpFalse;
                    break;
                case SystemCallFilter.JumpIfGreater:
                    i += accumulator > operand ? jumpTrue : jumpFalse;
                    break;
                default:
                    Assert.Equal(SystemCallFilter.Return, code);
                    return operand;
            }
        }
    }

    [GeneratedRegex(@"^#define __NR_(\w+) (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Definition();
}
