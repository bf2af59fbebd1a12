using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using LeanChat.Push;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Tests;

/// <summary>What goes over the wire to a push service, by the letter of the standards.</summary>
public sealed class PushEncryptionSpecs
{
    /// <summary>RFC 8291, Appendix A.</summary>
    [Fact]
    public void It_equals_the_vector_of_the_standard()
    {
        var device = Base64Url.DecodeFromChars("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        var point = Base64Url.DecodeFromChars("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
        using var sender = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = Base64Url.DecodeFromChars("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
            Q = new ECPoint { X = point[1..33], Y = point[33..] },
        });
        var text = Encoding.UTF8.GetBytes("When I grow up, I want to be a watermelon");

        var body = PushEncryption.Encrypt(
            text, device, Base64Url.DecodeFromChars("BTBZMqHH6r4Tts7J_aSIgg"), sender,
            Base64Url.DecodeFromChars("DGv6ra1nlYgDCS1FRnbzlw"), text.Length + 1);

        Base64Url.EncodeToString(body).Should().Be(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6"
            + "cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
    }

    [Theory]
    [InlineData(0, 1024)]
    [InlineData(1023, 1024)]
    [InlineData(1024, 2048)]
    [InlineData(3993, 3994)]
    public void Its_length_tells_no_more_than_the_kilobyte(int length, int padded)
    {
        using var device = new TestDevice();
        var text = RandomNumberGenerator.GetBytes(length);

        var body = PushEncryption.Encrypt(text, device.PublicKey, device.Secret);

        body.Length.Should().Be(padded + 86 + 16).And.BeLessThanOrEqualTo(4096);
        device.Decrypt(body).Should().Equal(text);
    }

    [Fact]
    public void A_key_is_a_point_of_the_curve()
    {
        using var device = new TestDevice();
        PushEncryption.IsKey(device.PublicKey).Should().BeTrue();
        PushEncryption.IsKey([.. device.PublicKey[..64], (byte)(device.PublicKey[64] ^ 1)]).Should().BeFalse();
        PushEncryption.IsKey([2, .. device.PublicKey[1..]]).Should().BeFalse();
        PushEncryption.IsKey(device.PublicKey[..33]).Should().BeFalse();
        PushEncryption.IsKey(new byte[65]).Should().BeFalse();
    }

    /// <summary>RFC 8292 §2: who sends, to whom, until when, signed with ES256.</summary>
    [Theory]
    [InlineData("https://push.example/send/1", "https://push.example")]
    [InlineData("https://push.example:443/send/1", "https://push.example")]
    [InlineData("https://push.example:8443/send/1", "https://push.example:8443")]
    public void The_server_says_who_it_is(string endpoint, string audience)
    {
        using var made = VapidKey.Create();
        using var key = VapidKey.Import(made.Export());
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

        var header = key.Authorize(new Uri(endpoint), "mailto:help@shop.example", now);

        header.Should().StartWith("vapid t=").And.EndWith(", k=" + made.PublicKey);
        var token = header["vapid t=".Length..header.IndexOf(',', StringComparison.Ordinal)].Split('.');
        Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token[0])).Should().Be("""{"typ":"JWT","alg":"ES256"}""");
        Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token[1])).Should()
            .Be($$"""{"aud":"{{audience}}","exp":1800043200,"sub":"mailto:help@shop.example"}""");
        var point = Base64Url.DecodeFromChars(made.PublicKey);
        using var known = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[1..33], Y = point[33..] },
        });
        known.VerifyData(
            Encoding.ASCII.GetBytes(token[0] + "." + token[1]), Base64Url.DecodeFromChars(token[2]), HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation).Should().BeTrue();
    }

    [Fact]
    public void A_chats_tag_is_stable_and_tells_nothing()
    {
        using var one = VapidKey.Create();
        using var other = VapidKey.Create();
        one.Tag("chat-1").Should().HaveLength(22).And.Be(one.Tag("chat-1")).And.NotBe(one.Tag("chat-2")).And.NotBe(other.Tag("chat-1"));
    }

    [Theory]
    [InlineData("https://push.example/x", null)]
    [InlineData("https://8.8.8.8/x", null)]
    [InlineData("https://[2606:4700:4700::1111]/x", null)]
    [InlineData("http://push.example/x", "must be an https address")]
    [InlineData("ftp://push.example/x", "must be an https address")]
    [InlineData("push.example", "must be an https address")]
    [InlineData(null, "must be an https address")]
    [InlineData("https://user:secret@push.example/x", "must not have a user name or password in it")]
    [InlineData("https://127.0.0.1/", "must be an address of the public internet")]
    [InlineData("https://127.0.0.1./", "must be an address of the public internet")]
    [InlineData("https://0x7f.1./", "must be an address of the public internet")]
    [InlineData("https://127.1/", "must be an address of the public internet")]
    [InlineData("https://0x7f.0.0.1/", "must be an address of the public internet")]
    [InlineData("https://0177.0.0.1/", "must be an address of the public internet")]
    [InlineData("https://2130706433/", "must be an address of the public internet")]
    [InlineData("https://10.1.2.3/", "must be an address of the public internet")]
    [InlineData("https://172.16.0.1/", "must be an address of the public internet")]
    [InlineData("https://192.168.1.1/", "must be an address of the public internet")]
    [InlineData("https://169.254.169.254/latest", "must be an address of the public internet")]
    [InlineData("https://100.64.0.1/", "must be an address of the public internet")]
    [InlineData("https://0.0.0.0/", "must be an address of the public internet")]
    [InlineData("https://224.0.0.1/", "must be an address of the public internet")]
    [InlineData("https://255.255.255.255/", "must be an address of the public internet")]
    [InlineData("https://[::1]/", "must be an address of the public internet")]
    [InlineData("https://[::]/", "must be an address of the public internet")]
    [InlineData("https://[::ffff:127.0.0.1]/", "must be an address of the public internet")]
    [InlineData("https://[::ffff:7f00:1]/", "must be an address of the public internet")]
    [InlineData("https://[64:ff9b::7f00:1]/", "must be an address of the public internet")]
    [InlineData("https://[64:ff9b::808:808]/", null)]
    [InlineData("https://[fe80::1]/", "must be an address of the public internet")]
    [InlineData("https://[fc00::1]/", "must be an address of the public internet")]
    [InlineData("https://[fd12:3456::1]/", "must be an address of the public internet")]
    [InlineData("https://[2001:db8::1]/", "must be an address of the public internet")]
    [InlineData("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "must be an address of the public internet")]
    [InlineData("https://[2002:7f00:1::]/", "must be an address of the public internet")]
    [InlineData("https://[ff02::1]/", "must be an address of the public internet")]
    public void Only_the_public_internet_is_asked(string? address, string? complaint)
    {
        OutwardHttp.Complaint(address, allowPrivate: false).Should().Be(complaint);
        if (complaint == "must be an address of the public internet")
            OutwardHttp.Complaint(address, allowPrivate: true).Should().BeNull();
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task A_name_that_leads_to_this_machine_is_not_asked(string host)
    {
        using var listener = new HttpListener();
        using var http = OutwardHttp.Create(static () => false);

        var asking = async () => await http.GetAsync(new Uri($"http://{host}:9/"));

        (await asking.Should().ThrowAsync<HttpRequestException>()).WithMessage("*private network*");
        GlobalAddress.Is(IPAddress.Loopback).Should().BeFalse();
    }
}
