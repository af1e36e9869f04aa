namespace EdgeBox.Testing;

internal static class Program
{
    private static int Main() => 0;
}
