using CsCheck;
using EdgeBox.Daemon.Access.Keys;

namespace EdgeBox.Daemon.Tests.Access.Keys;

public sealed class KeyTextTests
{
    [Fact]
    public void Make_Twice_GivesTwoWholeKeys()
    {
        var (first, second) = (KeyText.Make(), KeyText.Make());
        Assert.NotEqual(first, second);
        Assert.All([first, second], key => Assert.True(KeyText.IsWhole(key), key));
        Assert.Equal((53, "ebx_"), (first.Length, first[..4]));
    }

    [Fact]
    public void IsWhole_OneCharacterChangedLostAddedOrSwapped_IsNot() => Gen.Int[4, 51].Select(Gen.Char.AlphaNumeric).Sample((at, other) =>
    {
        var key = KeyText.Make();
        var changed = key[..at] + other + key[(at + 1)..];
        var swapped = key[..at] + key[at + 1] + key[at] + key[(at + 2)..];
        Assert.True(changed == key || !KeyText.IsWhole(changed));
        Assert.True(swapped == key || !KeyText.IsWhole(swapped));
        Assert.False(KeyText.IsWhole(key.Remove(at, 1)));
        Assert.False(KeyText.IsWhole(key.Insert(at, $"{other}")));
    });

    [Theory]
    [InlineData("")]
    [InlineData("ebx_")]
    [InlineData("sk-proj-0123456789012345678901234567890123456789012345678")]
    [InlineData("ebx_ကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကကက")]
    public void IsWhole_WhatIsNoKey_IsNot(string text) => Assert.False(KeyText.IsWhole(text));
}
