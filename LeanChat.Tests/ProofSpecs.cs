using LeanChat.Proof;
using Microsoft.AspNetCore.Routing;

namespace LeanChat.Tests;

/// <summary>What LeanChat promises, tried in short against the built server; `dotnet run -c Release --project
/// LeanChat.Proof` is the long form.</summary>
public sealed class ProofSpecs
{
    /// <summary>The same every time: what a build finds, the next one finds again.</summary>
    private const int Seed = 20_261_122;

    public static TheoryData<string> Names => [.. Claims.All.Select(claim => claim.Name)];

    /// <summary>Those that show within seconds; `--defects` of the long form tries every one.</summary>
    public static TheoryData<string, string> Defects
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var claim in Claims.All)
            {
                foreach (var defect in claim.Defects.Where(defect => defect.IsQuick))
                    all.Add(claim.Name, defect.Name);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_holds(string claim)
    {
        var trial = await TryAsync(claim, null);

        trial.Faults.Should().BeEmpty();
        (trial.Skipped is not null && Environment.GetEnvironmentVariable("CI") == "true")
            .Should().BeFalse("a build machine has what it takes: {0}", trial.Skipped);
    }

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task A_defect_is_noticed(string claim, string defect)
    {
        var trial = await TryAsync(claim, defect);

        (trial.Faults.Count > 0 || trial.Skipped is not null).Should().BeTrue("{0} must turn {1} red", defect, claim);
    }

    [Fact]
    public async Task Every_route_is_in_the_matrix()
    {
        await using var server = await LeanChatServer.StartAsync();
        var routes = server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(route => (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(
                method => (Method: method, Path: "/" + route.RoutePattern.RawText!.Trim('/')))).ToList();

        Below("/admin").Concat(Below("/api/admin"))
            .Except([
                "GET ", "HEAD ", "GET /worker.js", "HEAD /worker.js", "POST /login", "POST /setup", "POST /password/forgot",
                "POST /password/reset", "POST /admins/accept",
            ]).Distinct()
            .Should().BeEquivalentTo(Matrix.AdminRoutes.Select(route => $"{route.Method} {route.Path}"));
        Below("/support_chat").Concat(Below("/api/support_chat")).Concat(Below("/api/support-chat")).Distinct()
            .Should().BeEquivalentTo(Matrix.UserRoutes.Select(route => $"{route.Method} {route.Path}"));

        IEnumerable<string> Below(string prefix) =>
            from route in routes
            where route.Path == prefix || route.Path.StartsWith(prefix + "/", StringComparison.Ordinal)
            select $"{route.Method} {route.Path[prefix.Length..]}";
    }

    private static async Task<Trial> TryAsync(string name, string? defect)
    {
        var trial = new Trial(isLong: false, Seed, defect);
        try
        {
            await Claims.All.Single(claim => claim.Name == name).TryAsync(trial);
        }
        catch (Exception e) when (defect is not null && e is not (OutOfMemoryException or Xunit.Sdk.XunitException))
        {
            // With a defect a trial need not come to its end.
            trial.Fault(e.Message);
        }

        return trial;
    }
}
