using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Harmony;

/// <summary>The numbers of the tokens that give a harmony answer its structure; -1 where the vocabulary lacks one.</summary>
internal sealed record HarmonyTokens(int Start, int Channel, int Message, int End, int Return, int Call, int Constrain)
{
    /// <summary>Finds them by their texts, since a vocabulary may number them as it likes; null if it does not speak harmony.</summary>
    public static HarmonyTokens? Find(Vocabulary vocabulary)
    {
        var found = new Dictionary<string, int>();
        for (var token = 0; token < vocabulary.Count; token++)
        {
            const TokenAttributes Special = TokenAttributes.Control | TokenAttributes.UserDefined;
            if ((vocabulary.Attributes(token) & Special) != 0)
            {
                found[vocabulary.RawText(token)] = token;
            }
        }

        int Of(string name) => found.GetValueOrDefault($"<|{name}|>", -1);
        var tokens = new HarmonyTokens(Of("start"), Of("channel"), Of("message"), Of("end"), Of("return"), Of("call"), Of("constrain"));
        return tokens.Start >= 0 && tokens.Channel >= 0 && tokens.Message >= 0 && tokens.End >= 0 && tokens.Return >= 0 ? tokens : null;
    }
}
