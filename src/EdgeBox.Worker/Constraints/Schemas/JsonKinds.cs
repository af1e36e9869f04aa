namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>The kinds of values that JSON knows; true and false are told apart.</summary>
[Flags]
internal enum JsonKinds
{
    None = 0,
    Null = 1,
    False = 2,
    True = 4,
    Number = 8,
    String = 16,
    Array = 32,
    Object = 64,
    All = 127,
}
