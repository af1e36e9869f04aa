using EdgeBox.Testing.Gguf;
using EdgeBox.Trust.Gguf;
using Xunit;

namespace EdgeBox.Trust.Tests.Gguf;

public sealed class MalformedModelTests
{
    public static TheoryData<string> Names { get; } = [.. MalformedModels.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Validate_MalformedModel_RefusesAndNamesTheFault(string name)
    {
        var model = MalformedModels.All.Single(m => m.Name == name);

        var verdict = GgufValidator.Validate(new MemoryStream(model.Make()), GgufLimits.Default);

        var rejected = Assert.IsType<GgufRejected>(verdict);
        Assert.Equal((model.Problem, model.Key, model.Tensor), (rejected.Problem, rejected.Key, rejected.Tensor));
        Assert.Contains(model.Key ?? model.Tensor ?? "", rejected.Message, StringComparison.Ordinal);
    }
}
