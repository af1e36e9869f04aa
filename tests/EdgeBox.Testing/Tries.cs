namespace EdgeBox.Testing;

/// <summary>How often tests try what they try with random input.</summary>
public static class Tries
{
    private const string Part = "EDGEBOX_TEST_TRIES_PART";

    // Mutation testing runs the same tests hundreds of times, and has a thousandth part tried each time.
    private static readonly int s_part = int.TryParse(Environment.GetEnvironmentVariable(Part), out var part) && part > 0 ? part : 1;

    /// <summary>A number of tries, or the part of it that the environment asks for; at least one.</summary>
    public static int Of(int tries) => Math.Max(1, tries / s_part);
}
