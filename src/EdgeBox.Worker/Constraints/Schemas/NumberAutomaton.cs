using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Makes automata of the numbers that pass tests, written out in digits without an exponent.</summary>
/// <remarks>
/// Each test reads a number from left to right and judges its value, so 1.50 and 1.5 are the same to it; what is no number is left to the
/// automaton of numbers.
/// </remarks>
internal static class NumberAutomaton
{
    private static readonly Automaton s_plain = Parse("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$");
    private static readonly Automaton s_whole = Parse("^(0|-?[1-9][0-9]*)$");

    private const string Signs = "-.0123456789";

    /// <summary>Whether it is plain that no number passes the tests of a case.</summary>
    public static bool IsSurelyEmpty(ValueCase way, Work work)
    {
        // Bounds alone are compared; the rest is not needed to tell the branches of a "oneOf" apart.
        var least = way.Numbers.Where(IsLeast).ToList();
        var most = way.Numbers.Where(IsMost).ToList();
        work.Spend(least.Count * most.Count);
        return least.Any(low => most.Any(high => low.Value > high.Value || (low.Value == high.Value && (low.Negated || high.Negated))))
            || ((way.IntegersOnly || way.Numbers.Contains(NumberTest.Integer(false))) && way.Numbers.Contains(NumberTest.Integer(true)));
    }

    /// <summary>The texts of the numbers that pass.</summary>
    public static Automaton Of(IEnumerable<NumberTest> tests, bool integersOnly, Work work)
    {
        var automaton = integersOnly ? s_whole : s_plain;
        foreach (var test in tests.Distinct())
        {
            var passes = test.Kind switch
            {
                NumberTestKind.AtLeast => Compared(test.Value, order => order >= 0, work),
                NumberTestKind.AtMost => Compared(test.Value, order => order <= 0, work),
                NumberTestKind.EqualTo => Compared(test.Value, order => order == 0, work),
                _ => Multiples(test.Value, work),
            };
            automaton = test.Negated ? Automaton.Without(automaton, passes, work) : Automaton.Both(automaton, passes, work);
        }

        return automaton.Smallest(work);
    }

    private static Automaton Parse(string pattern) => RegexAutomaton.Search(new RegexParser(pattern, new Work()).Parse(), new Work()).Smallest(new Work());

    private static bool IsLeast(NumberTest test) => test is { Kind: NumberTestKind.AtLeast, Negated: false } or { Kind: NumberTestKind.AtMost, Negated: true };

    private static bool IsMost(NumberTest test) => test is { Kind: NumberTestKind.AtMost, Negated: false } or { Kind: NumberTestKind.AtLeast, Negated: true };

    /// <summary>Compares what is read with a number, digit by digit.</summary>
    private static Automaton Compared(ExactNumber number, Func<int, bool> passes, Work work)
    {
        var (whole, fraction) = number.Parts();
        return Explore(new Comparison(false, false, 0, 0, true), (at, sign) => at.Step(sign, whole, fraction), at => passes(at.Order(number.Digits.Sign, whole, fraction)), work);
    }

    /// <summary>Divides what is read; of a number with so many decimal places no others may be behind them but zeros.</summary>
    private static Automaton Multiples(ExactNumber number, Work work)
    {
        var (divisor, scale) = ((int)number.Digits, number.Scale);
        return Explore(new Division(0, -1), Step, Ends, work);

        Division? Step(Division at, char sign) => sign switch
        {
            '-' => at,
            '.' => at with { Decimals = 0 },
            '0' when at.Decimals == scale => at,
            _ when at.Decimals == scale => null,
            _ => new Division(((10 * at.Rest) + (sign - '0')) % divisor, at.Decimals < 0 ? -1 : at.Decimals + 1),
        };

        bool Ends(Division at)
        {
            var rest = at.Rest;
            for (var place = Math.Max(at.Decimals, 0); place < scale; place++)
            {
                rest = 10 * rest % divisor;
            }

            return rest == 0;
        }
    }

    /// <summary>The automaton of all states that can be reached.</summary>
    private static Automaton Explore<T>(T start, Func<T, char, T?> step, Func<T, bool> ends, Work work)
        where T : struct
    {
        var (edges, passes, known, todo) = (new List<List<AutomatonEdge>>(), new List<bool>(), new Dictionary<T, int> { [start] = 0 }, new Queue<T>([start]));
        while (todo.TryDequeue(out var at))
        {
            var list = new List<AutomatonEdge>();
            edges.Add(list);
            passes.Add(ends(at));
            foreach (var sign in Signs)
            {
                work.Spend();
                if (step(at, sign) is not { } next)
                {
                    continue;
                }

                if (!known.TryGetValue(next, out var number))
                {
                    known.Add(next, number = known.Count);
                    todo.Enqueue(next);
                }

                list.Add(new(sign, sign, number));
            }
        }

        return Automaton.Of(edges, passes, work);
    }

    /// <summary>How far a division has come.</summary>
    /// <param name="Rest">What is left of the digits so far.</param>
    /// <param name="Decimals">Digits behind the point, -1 before it.</param>
    private readonly record struct Division(int Rest, int Decimals);

    /// <summary>How far a comparison has come.</summary>
    /// <param name="IsNegative">Whether a sign came.</param>
    /// <param name="IsFraction">Whether the point came.</param>
    /// <param name="Digits">Digits of this part so far, no more than matter.</param>
    /// <param name="Known">How the digits so far compare.</param>
    /// <param name="IsZero">Whether all digits so far are zero.</param>
    private readonly record struct Comparison(bool IsNegative, bool IsFraction, int Digits, int Known, bool IsZero)
    {
        public Comparison? Step(char sign, string whole, string fraction)
        {
            if (sign == '-')
            {
                return this with { IsNegative = true };
            }

            if (sign == '.')
            {
                return this with { IsFraction = true, Digits = 0, Known = WholeOrder(whole) };
            }

            var part = IsFraction ? fraction : whole;
            var other = Digits < part.Length ? part[Digits] : '0';
            var next = this with { Digits = Math.Min(Digits + 1, IsFraction ? part.Length : part.Length + 1), IsZero = IsZero && sign == '0' };
            return next with { Known = !IsFraction && next.Digits > part.Length ? 1 : Known != 0 ? Known : sign.CompareTo(other) < 0 ? -1 : sign == other ? 0 : 1 };
        }

        /// <summary>How the number that was read compares with the other, of which the sign is given.</summary>
        public int Order(int sign, string whole, string fraction)
        {
            var size = IsFraction ? (Known == 0 && Digits < fraction.Length ? -1 : Known)
                : WholeOrder(whole) is not 0 and var order ? order
                : fraction.Length > 0 ? -1 : 0;
            return IsNegative && !IsZero ? (sign >= 0 ? -1 : -size) : sign < 0 ? 1 : size;
        }

        private int WholeOrder(string whole) => Digits < whole.Length ? -1 : Digits > whole.Length ? 1 : Known;
    }
}
