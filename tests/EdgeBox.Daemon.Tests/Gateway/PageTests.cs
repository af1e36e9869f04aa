using System.Net;
using System.Text.RegularExpressions;
using EdgeBox.Daemon.Gateway.Page;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Gateway;

/// <summary>The files of the page, and what the box tells it.</summary>
public sealed partial class PageTests
{
    private static readonly string[] s_files = [.. typeof(PageFiles).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("page/", StringComparison.Ordinal)).Order()];

    [Fact]
    public async Task Page_WithoutAKey_IsServedUnderAStrictPolicy()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.AskAsync("/");
        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (reply.Status, reply.Headers["content-type"]));
        var policy = reply.Headers["content-security-policy"].Split("; ");
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.Contains("require-trusted-types-for 'script'", policy);
        Assert.All(policy.Where(rule => rule.Contains("-src ", StringComparison.Ordinal)), rule => Assert.Matches("^[a-z]+-src '(self|none)'$", rule));
        Assert.Equal(("nosniff", "no-referrer", "same-origin"),
            (reply.Headers["x-content-type-options"], reply.Headers["referrer-policy"], reply.Headers["cross-origin-opener-policy"]));
        Assert.DoesNotMatch(@"\sstyle=|\son[a-z]+=|<style|<script(?! type=""module"" src=""/page/)|(src|href)=""(?!/|#)", reply.Text);
    }

    [Fact]
    public async Task Files_EachOfThem_HasItsTypeAndIsNotSentTwice()
    {
        await using var door = await Door.OpenAsync();
        Assert.True(s_files.Length >= 20, string.Join(' ', s_files));
        foreach (var file in s_files)
        {
            var reply = await door.AskAsync("/" + file);
            Assert.Equal((HttpStatusCode.OK, false), (reply.Status, reply.Headers["content-type"].Contains("json", StringComparison.Ordinal)));
            var again = await door.AskAsync("/" + file, headers: ("if-none-match", reply.Headers["etag"]));
            Assert.Equal((HttpStatusCode.NotModified, ""), (again.Status, again.Text));
            var head = await door.AskAsync("/" + file, method: HttpMethod.Head);
            Assert.Equal((HttpStatusCode.OK, reply.Headers["content-length"], ""), (head.Status, head.Headers["content-length"], head.Text));
        }
    }

    [Fact]
    public async Task Files_ThatAreNone_AndOtherMethods_AreRefused()
    {
        await using var door = await Door.OpenAsync();
        foreach (var path in new[] { "/page/nothing.mjs", "/page/", "/page/../packs.sha256", "/page/%2e%2e/packs.sha256" })
        {
            Assert.Equal(404, (await door.AskAsync(path)).OpenAi.Status);
        }

        Assert.Equal(405, (await door.AskAsync("/", content: Door.Json("{}"))).OpenAi.Status);
    }

    [Fact]
    public async Task Status_ByRole_TellsWhatTheSameRoleIsToldOverGrpc()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal(401, (await door.AskAsync("/edgebox/v1/status")).OpenAi.Status);
        var client = (await door.AskAsync("/edgebox/v1/status", await door.IssueAsync())).Json;
        Assert.Equal(("alice", "client"), (client.GetProperty("key").GetProperty("name").GetString(), client.GetProperty("key").GetProperty("role").GetString()));
        Assert.Equal("HEALTH_GOOD", client.GetProperty("status").GetProperty("health").GetString());
        Assert.False(client.GetProperty("status").TryGetProperty("endpoints", out _));
        Assert.Equal(0, client.GetProperty("events").GetArrayLength());
        var admin = (await door.AskAsync("/edgebox/v1/status", await door.IssueAsync("root", request => request.Role = Role.Admin))).Json;
        Assert.Contains(admin.GetProperty("events").EnumerateArray(), told => told.GetProperty("event").GetString() == "access.key_issued");
    }

    [Fact]
    public async Task Tasks_OfAModelThatIsNone_AreNotFound()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal((404, "invalid_request_error", "model_not_found", "MODEL_NOT_FOUND"), (await door.AskAsync("/edgebox/v1/tasks?model=nobody", await door.IssueAsync())).OpenAi);
    }

    [Fact]
    public void Words_OfBothLanguages_HaveTheSameKeysAndPlacesAndAreUsed()
    {
        var source = Read("page/words.mjs");
        var tables = Regex.Split(source, "^  (?:en|zh): \\{$", RegexOptions.Multiline).Skip(1)
            .Select(table => Word().Matches(table).ToDictionary(match => match.Groups["key"].Value, match => Place().Matches(match.Groups["text"].Value).Select(place => place.Value).Order().ToList()))
            .ToList();
        Assert.Equal(2, tables.Count);
        Assert.True(tables[0].Count > 90);
        Assert.Equal(tables[0].Keys.Order(), tables[1].Keys.Order());
        Assert.All(tables[0], word => Assert.Equal(word.Value, tables[1][word.Key]));

        var all = string.Join('\n', s_files.Where(file => file.EndsWith(".mjs", StringComparison.Ordinal) || file.EndsWith(".html", StringComparison.Ordinal)).Select(Read));
        Assert.All(tables[0].Keys.Where(key => !key.StartsWith("state_", StringComparison.Ordinal)), key => Assert.Matches($"['\"]{key}['\"]", all));
        Assert.DoesNotMatch("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|setAttribute\\('style", all);
    }

    private static string Read(string resource)
    {
        using var reader = new StreamReader(typeof(PageFiles).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^    (?<key>\w+): '(?<text>.*)',$", RegexOptions.Multiline)]
    private static partial Regex Word();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Place();
}
