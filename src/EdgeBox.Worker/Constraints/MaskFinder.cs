namespace EdgeBox.Worker.Constraints;

/// <summary>Finds the tokens that may come in a state by following the grammar along the tree of tokens. Any number of threads may ask.</summary>
/// <remarks>
/// Most of a mask does not depend on what comes after the rule that is under way: the tokens that stay inside a string are the same wherever the
/// string stands. That part is found once for each state without its context (the idea is that of XGrammar's context-independent tokens); what
/// leads out of the rule is followed from there into the context.
/// </remarks>
internal sealed class MaskFinder(TokenTable table, MaskCache cache)
{
    private readonly TokenTrie _short = table.Short;

    /// <summary>The tokens that may come, but for those that end generation.</summary>
    /// <exception cref="GrammarException">They cannot be told within the limits.</exception>
    public TokenMask Find(Grammar grammar, AutomatonState state, Effort effort)
    {
        if (state.Mask is { } known)
        {
            cache.Touch(state);
            return known;
        }

        var (local, context) = state.Space.Localize(state, effort);
        var goesOn = context.Stacks.Length > 0;
        var inside = local.Local;
        if (inside is null || (goesOn && inside.Exits is null))
        {
            inside = FollowLocal(grammar, local, goesOn, effort);
            cache.Put(local, inside);
        }
        else
        {
            cache.Touch(local);
        }

        var further = new List<int>();
        if (goesOn)
        {
            FollowContext(grammar, inside, context, further, effort);
        }

        var path = new AutomatonState[table.Long.Longest + 1];
        path[0] = state;
        Follow(grammar, table.Long, 0, path, inside.Tokens, further, effort);
        Order(further);

        // A long list is slower than bits of its own.
        var mask = further.Count > table.Count / 64
            ? new TokenMask(inside.Tokens.With(further, table.Count), [])
            : new TokenMask(inside.Tokens, [.. further]);
        cache.Put(state, mask);
        return mask;
    }

    private LocalMask FollowLocal(Grammar grammar, AutomatonState local, bool exits, Effort effort)
    {
        var bits = TokenSet.Room(table.Count);
        var found = exits ? new List<int>() : null;
        var path = new AutomatonState[_short.Longest + 1];
        path[0] = local;
        var (classes, depths, bytes, ends, tokens) = (grammar.ByteClasses, _short.Depths, _short.Bytes, _short.Ends, _short.Tokens);
        for (var node = 1; node < tokens.Length;)
        {
            var parent = path[depths[node] - 1];
            if (found is not null && parent.Ends)
            {
                found.Add(node);
            }

            var next = Step(parent, classes[bytes[node]], effort);
            if (next.IsDead)
            {
                node = ends[node];
                continue;
            }

            path[depths[node]] = next;
            if (tokens[node] >= 0)
            {
                TokenSet.Add(bits, tokens[node]);
                foreach (var twin in _short.TwinsOf(tokens[node]))
                {
                    TokenSet.Add(bits, twin);
                }
            }

            node++;
        }

        return found is null ? new(TokenSet.Of(bits), null, []) : WithExits(bits, found);
    }

    private LocalMask WithExits(ulong[] bits, List<int> exits)
    {
        var set = TokenSet.Of((ulong[])bits.Clone());
        if (exits.Count > 0)
        {
            // Where the context could add nothing, nobody needs to look again.
            var missing = new int[_short.Tokens.Length + 1];
            for (var node = 0; node < _short.Tokens.Length; node++)
            {
                var token = _short.Tokens[node];
                missing[node + 1] = missing[node] + (token >= 0 && (bits[token / 64] & (1UL << (token % 64))) == 0 ? 1 : 0);
            }

            exits.RemoveAll(node => missing[_short.Ends[node]] == missing[node]);
        }

        var begins = new int[257];
        foreach (var node in exits)
        {
            begins[_short.Bytes[node] + 1]++;
        }

        for (var value = 0; value < 256; value++)
        {
            begins[value + 1] += begins[value];
        }

        var sorted = new int[exits.Count];
        var next = begins.AsSpan(0, 256).ToArray();
        foreach (var node in exits)
        {
            sorted[next[_short.Bytes[node]]++] = node;
        }

        return new(set, sorted, begins);
    }

    private void FollowContext(Grammar grammar, LocalMask inside, AutomatonState context, List<int> further, Effort effort)
    {
        var path = new AutomatonState[_short.Longest + 1];
        for (var value = 0; value < 256; value++)
        {
            var exits = inside.Exits.AsSpan(inside.ExitBegins[value]..inside.ExitBegins[value + 1]);
            if (exits.IsEmpty || Step(context, grammar.ByteClasses[value], effort) is var behind && behind.IsDead)
            {
                continue;
            }

            foreach (var exit in exits)
            {
                path[_short.Depths[exit]] = behind;
                Follow(grammar, _short, exit, path, inside.Tokens, further, effort);
            }
        }
    }

    /// <summary>Collects the tokens at and below a node whose state is in the path, but for those that are known.</summary>
    private static void Follow(
        Grammar grammar, TokenTrie trie, int from, AutomatonState[] path, TokenSet known, List<int> further, Effort effort)
    {
        Collect(trie.Tokens[from]);
        for (var node = from + 1; node < trie.Ends[from];)
        {
            var depth = trie.Depths[node];
            var next = Step(path[depth - 1], grammar.ByteClasses[trie.Bytes[node]], effort);
            if (next.IsDead)
            {
                node = trie.Ends[node];
                continue;
            }

            path[depth] = next;
            Collect(trie.Tokens[node]);
            node++;
        }

        void Collect(int token)
        {
            if (token >= 0 && !known.Contains(token))
            {
                further.Add(token);
                further.AddRange(trie.TwinsOf(token));
            }
        }
    }

    private static void Order(List<int> tokens)
    {
        tokens.Sort();
        var kept = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i == 0 || tokens[i] != tokens[i - 1])
            {
                tokens[kept++] = tokens[i];
            }
        }

        tokens.RemoveRange(kept, tokens.Count - kept);
    }

    private static AutomatonState Step(AutomatonState state, int byteClass, Effort effort) =>
        Volatile.Read(ref state.Row[byteClass]) ?? state.Space.FindStep(state, byteClass, effort);
}
