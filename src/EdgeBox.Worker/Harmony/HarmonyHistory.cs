using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>Makes harmony's messages of the turns of a conversation.</summary>
/// <remarks>
/// Which reasoning is told again follows from openai/harmony's tests and docs/format.md: what was thought before the last final that
/// something follows is spent; in an open chain of calls it is kept, since models call worse without it (llama.cpp PR 15181).
/// </remarks>
internal static class HarmonyHistory
{
    /// <summary>The messages of turns, in order; the results of calls stand behind their calls.</summary>
    /// <exception cref="ConversationException">A tool's turn answers no call.</exception>
    public static List<HarmonyMessage> Of(IReadOnlyList<Turn> turns)
    {
        var spent = LastFollowedFinal(turns);
        var messages = new List<HarmonyMessage>(turns.Count);
        for (var i = 0; i < turns.Count; i++)
        {
            var turn = turns[i];
            switch (turn.Role)
            {
                case TurnRole.System:
                    AddInstructions(turn.Text, messages);
                    break;
                case TurnRole.User:
                    messages.Add(new HarmonyMessage("user", turn.Text));
                    break;
                case TurnRole.Tool:
                    messages.Add(Result(turn));
                    break;
                default:
                    AddSaid(turn, keepsReasoning: i > spent, messages);
                    i = AddCalls(turns, i, messages);
                    break;
            }
        }

        return messages;
    }

    /// <summary>The last assistant's turn without calls that is not the last turn; -1 if there is none.</summary>
    private static int LastFollowedFinal(IReadOnlyList<Turn> turns)
    {
        for (var i = turns.Count - 2; i >= 0; i--)
        {
            if (turns[i] is { Role: TurnRole.Assistant, Calls.Count: 0 })
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Instructions that come later in a conversation stand where they came: those before them were said without them.</summary>
    private static void AddInstructions(string text, List<HarmonyMessage> messages)
    {
        if (text.Length > 0)
        {
            messages.Add(new HarmonyMessage("developer", HarmonyDeveloper.Instructions + text));
        }
    }

    private static void AddSaid(Turn turn, bool keepsReasoning, List<HarmonyMessage> messages)
    {
        if (turn.Reasoning.Length > 0 && keepsReasoning)
        {
            messages.Add(HarmonyMessage.Said(HarmonyMessage.Analysis, turn.Reasoning));
        }

        if (turn.Calls.Count == 0)
        {
            messages.Add(HarmonyMessage.Said(HarmonyMessage.Final, turn.Text));
        }
        else if (turn.Text.Length > 0)
        {
            messages.Add(HarmonyMessage.Said(HarmonyMessage.Commentary, turn.Text));
        }
    }

    /// <summary>Adds each call of a turn and behind it what answered it, in whatever order the answers came.</summary>
    /// <returns>The last turn that was used.</returns>
    private static int AddCalls(IReadOnlyList<Turn> turns, int at, List<HarmonyMessage> messages)
    {
        var calls = turns[at].Calls;
        var results = new List<Turn>();
        while (at + 1 < turns.Count && turns[at + 1].Role == TurnRole.Tool)
        {
            results.Add(turns[++at]);
        }

        for (var i = 0; i < calls.Count; i++)
        {
            var call = calls[i];
            messages.Add(HarmonyMessage.Called(call.Tool, call.Arguments.Length > 0 ? call.Arguments : "{}"));

            // Calls that share an id get one result each, and the last of them what is left.
            var isLast = calls.Skip(i + 1).All(c => c.Id != call.Id);
            while (results.FindIndex(r => r.Answered?.Id == call.Id) is >= 0 and var found)
            {
                messages.Add(Result(results[found]));
                results.RemoveAt(found);
                if (!isLast)
                {
                    break;
                }
            }
        }

        messages.AddRange(results.Select(Result));
        return at;
    }

    private static HarmonyMessage Result(Turn turn) => turn.Answered is { } call
        ? HarmonyMessage.Answered(call.Tool, turn.Text)
        : throw new ConversationException("a tool's turn answers no call");
}
