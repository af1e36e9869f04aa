using System.Text;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Chat.Families;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>The tokens of every family's prompts are those that its own vocabulary makes of its template's text.</summary>
[Collection(Sessions.EngineCollection.Name)]
public sealed class RenderedTokensTests(References references) : IClassFixture<References>
{
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var (template, name) in RenderTests.Pairs())
        {
            if (RenderTests.Families.Single(f => f.Template == template).Vocabulary is not null)
            {
                cases.Add(template, name);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Conversation_RenderedForARealVocabulary_HasTheTokensOfTheWhole(string template, string name)
    {
        References.Need();
        var family = RenderTests.Families.Single(f => f.Template == template);
        var parts = ConversationFormats.Of("", References.Template(template), SampleSigns.Table(family.Begin)).Format!.Render(SampleConversations.All[name]);
        var vocabulary = references.Vocabulary(family.Vocabulary!);
        var whole = vocabulary.Tokenize(Encoding.UTF8.GetBytes(string.Concat(parts.Select(p => p.Text))), addSpecial: false, parseSpecial: true);
        var ours = new PromptTokenizer(vocabulary).Conversation(parts);
        Assert.Equal(whole, ours.Skip(vocabulary.AddsBos && whole[0] != vocabulary.Bos ? 1 : 0));
    }
}
