using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Tokens that the host application did not sign, or should not have.</summary>
public sealed class ForgedIdentitySpecs(ForgedIdentitySpecs.Target target) : IClassFixture<ForgedIdentitySpecs.Target>
{
    private static readonly DateTimeOffset Now = Running.Binary is null ? new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero) : DateTimeOffset.UtcNow;
    private static readonly Dictionary<string, Func<string>> All = Forgeries();

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task No_forgery_is_believed(string name)
    {
        var server = target.Server;
        var before = await server.QueryAsync("select count(*) from users union all select count(*) from sessions");

        var reply = await new Visitor(server).IdentifyAsync(new { token = All[name]() });

        reply.Status.Should().Be(401, reply.Text);
        reply.Error.Should().Be("unauthorized");
        (await server.QueryAsync("select count(*) from users union all select count(*) from sessions")).Should().Equal(before);
    }

    [Fact]
    public async Task The_true_one_is() =>
        (await new Visitor(target.Server).IdentifyAsync(new { token = Host.Sign(Good()) })).Status.Should().Be(200);

    private static JsonObject Good() =>
        new() { ["sub"] = "admin-of-the-shop", ["exp"] = Seconds(1), ["email"] = "boss@example.com", ["name"] = "Boss" };

    private static long Seconds(double hours) => Now.AddHours(hours).ToUnixTimeSeconds();

    private static Dictionary<string, Func<string>> Forgeries()
    {
        var all = new Dictionary<string, Func<string>>();
        var good = Host.Sign(Good());
        var parts = good.Split('.');

        foreach (var alg in (string[])[
            "none", "None", "NONE", "nOnE", "HS384", "HS512", "RS256", "RS512", "ES256", "PS256", "EdDSA", "hs256", "HS256 ", "HS1", "",
            "dir"])
        {
            all[$"alg {alg}, signed as HS256"] = () => Host.Sign(Good(), Header(alg));
            all[$"alg {alg}, not signed"] = () => $"{Host.Encode(Header(alg))}.{parts[1]}.";
        }

        all["alg HS384, signed so"] = () => Host.Sign(Good(), Header("HS384"), hash: HMACSHA384.HashData);
        all["alg HS512, signed so"] = () => Host.Sign(Good(), Header("HS512"), hash: HMACSHA512.HashData);
        all["alg HS256, signed as HS512"] = () => Host.Sign(Good(), hash: HMACSHA512.HashData);
        all["alg RS256, signed so"] = () => Rsa("RS256", RSASignaturePadding.Pkcs1);
        all["alg PS256, signed so"] = () => Rsa("PS256", RSASignaturePadding.Pss);
        all["alg missing"] = () => Host.Sign(Good(), """{"typ":"JWT"}""");
        all["alg null"] = () => Host.Sign(Good(), """{"alg":null}""");
        all["alg a number"] = () => Host.Sign(Good(), """{"alg":256}""");
        all["alg a list"] = () => Host.Sign(Good(), """{"alg":["HS256"]}""");
        all["header no JSON"] = () => Host.Sign(Good(), "HS256");
        all["header a list"] = () => Host.Sign(Good(), """["HS256"]""");
        all["header empty"] = () => $".{parts[1]}.{parts[2]}";
        all["its own key along"] = () =>
            Host.Sign(Good(), $$$"""{"alg":"HS256","jwk":{"kty":"oct","k":"{{{Host.Encode(Other)}}}"}}""", Other);
        all["the name of another key"] = () => Host.Sign(Good(), """{"alg":"HS256","kid":"../../../dev/null"}""", "");
        all["an address of a key"] = () =>
            Host.Sign(Good(), """{"alg":"HS256","jku":"http://127.0.0.1:1/keys","x5u":"http://127.0.0.1:1/"}""", Other);

        all["another secret"] = () => Host.Sign(Good(), secret: Other);
        all["no secret"] = () => Host.Sign(Good(), secret: "");
        all["the secret and a newline"] = () => Host.Sign(Good(), secret: Host.Secret + "\n");
        all["the secret but a character"] = () => Host.Sign(Good(), secret: Host.Secret[..^1]);
        all["the secret in capitals"] = () => Host.Sign(Good(), secret: Host.Secret.ToUpperInvariant());
        all["the secret backwards"] = () => Host.Sign(Good(), secret: new string([.. Host.Secret.Reverse()]));

        for (var bit = 0; bit < 256; bit += 17)
        {
            var at = bit;
            all[$"bit {bit} of the signature changed"] = () => $"{parts[0]}.{parts[1]}.{Flip(parts[2], at)}";
        }

        all["no signature"] = () => $"{parts[0]}.{parts[1]}.";
        all["half a signature"] = () =>
            $"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(Base64Url.DecodeFromChars(parts[2]).AsSpan(0, 16))}";
        all["one byte of a signature"] = () =>
            $"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(Base64Url.DecodeFromChars(parts[2]).AsSpan(0, 1))}";
        all["a signature and more"] = () =>
            $"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString([.. Base64Url.DecodeFromChars(parts[2]), 0])}";
        all["a signature of noughts"] = () => $"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(new byte[32])}";
        all["the signature of another token"] = () => $"{parts[0]}.{parts[1]}.{Host.Sign(With("sub", "somebody")).Split('.')[2]}";
        all["the signature of the claims alone"] = () => $"{parts[0]}.{parts[1]}.{Host.Signature(parts[1])}";
        foreach (var claim in (string[])["sub", "email", "name", "role"])
            all[$"{claim} changed afterwards"] = () => $"{parts[0]}.{Host.Encode(With(claim, "changed").ToJsonString())}.{parts[2]}";
        all["exp changed afterwards"] = () => $"{parts[0]}.{Host.Encode(With("exp", Seconds(2)).ToJsonString())}.{parts[2]}";
        all["header changed afterwards"] = () => $"{Host.Encode("""{"alg":"HS256","typ":"JWT","x":1}""")}.{parts[1]}.{parts[2]}";

        all["no exp"] = () => Host.Sign(Without("exp"));
        foreach (var (what, exp) in (ReadOnlySpan<(string, JsonNode?)>)[
            ("null", null), ("nought", 0), ("negative", -1), ("text", "never"), ("true", true), ("a list", new JsonArray(Seconds(1))),
            ("now", Seconds(0)),
            ("a second ago", Seconds(0) - 1), ("yesterday", Seconds(-24)), ("in 25 hours", Seconds(25)), ("in a year", Seconds(24 * 365)),
            ("for ever", long.MaxValue), ("beyond numbers", 1e300),
            ("milliseconds", Now.AddHours(1).ToUnixTimeMilliseconds())])
            all["exp " + what] = () => Host.Sign(With("exp", exp?.DeepClone()));
        all["nbf in an hour"] = () => Host.Sign(With("nbf", Seconds(1)));
        all["nbf in ten minutes"] = () => Host.Sign(With("nbf", Seconds(1 / 6.0)));

        all["no sub"] = () => Host.Sign(Without("sub"));
        foreach (var (what, sub) in ((string, JsonNode?)[])[
            ("null", null), ("empty", ""), ("a list", new JsonArray("a")), ("an object", new JsonObject { ["a"] = 1 }),
            ("of 10,000 characters", new string('a', 10_000))])
            all["sub " + what] = () => Host.Sign(With("sub", sub?.DeepClone()));

        all["claims no JSON"] = () => Host.SignText("sub=admin");
        all["claims a list"] = () => Host.SignText("[]");
        all["claims null"] = () => Host.SignText("null");
        all["claims cut short"] = () => Host.SignText(Good().ToJsonString()[..^1]);
        all["claims empty"] = () => Host.SignText("");
        foreach (var text in (string[])[
            "", " ", ".", "..", "...", "....", "a", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e", "null", "{}", "%00", "\0", "\u202e"])
            all[$"only {JsonSerializer.Serialize(text, Wire.Options)}"] = () => text;
        all["the first part alone"] = () => parts[0];
        all["two parts"] = () => $"{parts[0]}.{parts[1]}";
        all["four parts"] = () => good + ".x";
        all["five parts"] = () => good + ".x.y";
        all["twice"] = () => good + "." + good;
        all["claims missing"] = () => $"{parts[0]}..{parts[2]}";
        all["with its scheme"] = () => "Bearer " + good;
        all["broken in the middle"] = () => $"{parts[0]}.{parts[1][..10]}\n{parts[1][10..]}.{parts[2]}";
        all["not base64url"] = () => $"{parts[0]}.{parts[1]}.{parts[2][..^2]}!!";
        all["60,000 characters"] = () => new string('a', 20_000) + "." + new string('b', 20_000) + "." + new string('c', 20_000);
        return all;
    }

    private const string Other = "another secret, which is long enough as well for any of the hashes that one might try on it";

    private static string Header(string alg) => $$"""{"alg":"{{alg}}","typ":"JWT"}""";

    private static JsonObject With(string claim, JsonNode? value)
    {
        var claims = Good();
        claims[claim] = value;
        return claims;
    }

    private static JsonObject Without(string claim)
    {
        var claims = Good();
        claims.Remove(claim);
        return claims;
    }

    private static string Flip(string signature, int bit)
    {
        var bytes = Base64Url.DecodeFromChars(signature);
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return Base64Url.EncodeToString(bytes);
    }

    private static string Rsa(string alg, RSASignaturePadding padding)
    {
        using var rsa = RSA.Create(2048);
        return Host.Sign(Good(), Header(alg), hash: (_, text) => rsa.SignData(text, HashAlgorithmName.SHA256, padding));
    }

    /// <summary>One server for all of them.</summary>
    public sealed class Target : IAsyncLifetime
    {
        internal LeanChatServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await LeanChatServer.StartAsync("IdentitySecret=" + Host.Secret);

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
