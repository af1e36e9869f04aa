using EdgeBox.Worker.Chat.Families;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>JSON as Python writes it.</summary>
public sealed class SpacedJsonTests
{
    [Theory]
    [InlineData("""{"a":1,"b":[1,2.50,-1e3],"c":{"d":null,"e":true,"f":false}}""", """{"a": 1, "b": [1, 2.50, -1e3], "c": {"d": null, "e": true, "f": false}}""")]
    [InlineData(""" { } """, "{}")]
    [InlineData("[ ]", "[]")]
    [InlineData("[[],{}]", "[[], {}]")]
    [InlineData(""" "x" """, "\"x\"")]
    [InlineData("""{"a":1,"a":2}""", """{"a": 1, "a": 2}""")]
    [InlineData(""" "\u00fc\u9e1f\/\u007f" """, "\"ü鸟/\u007f\"")]
    [InlineData("""{"\u000a\"":"\\\n\r\t\b\f\u0001\u001f"}""", """{"\n\"": "\\\n\r\t\b\f\u0001\u001f"}""")]
    public void Of_Json_HasASpaceBehindCommasAndColons(string json, string written) => Assert.Equal(written, SpacedJson.Of(json));

    [Fact]
    public void Of_Indented_HasALineForEachMember() =>
        Assert.Equal(
            "{\n    \"a\": [\n        1,\n        {\n            \"b\": {}\n        }\n    ],\n    \"c\": []\n}", SpacedJson.Of("""{"a":[1,{"b":{}}],"c":[]}""", indent: 4));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("'a'")]
    [InlineData("""["\ud800"]""")]
    [InlineData("""{"a":"\udc00"}""")]
    [InlineData("""{"\ud800":1}""")]
    public void Of_WhatIsNoJson_IsNone(string json) => Assert.Null(SpacedJson.Of(json));

    [Fact]
    public void Of_HalfACharacter_IsNone() => Assert.Null(SpacedJson.Of("\"\uD800\""));

    [Fact]
    public void Of_DeepJson_IsNoneBeyondTheBound()
    {
        static string Deep(int levels) => new string('[', levels) + new string(']', levels);
        Assert.Equal(Deep(64), SpacedJson.Of(Deep(64)));
        Assert.Null(SpacedJson.Of(Deep(65)));
    }
}
