using LeanChat.Text;
using MimeKit;

namespace LeanChat.Tests;

/// <summary>One truth about an address: what is taken can be sent to, and two spellings of one address are one.</summary>
public sealed class EmailAddressSpecs
{
    [Fact]
    public void There_are_more_than_five_hundred_odd_addresses_and_some_of_both_kinds()
    {
        OddAddresses.All.Should().HaveCountGreaterThan(500);
        OddAddresses.All.Count(each => EmailAddress.TryParse(each) is null).Should().BeInRange(150, 450);
    }

    [Fact]
    public void Whatever_is_taken_the_mail_library_can_write_and_read_again_as_one_plain_address()
    {
        foreach (var typed in OddAddresses.All)
        {
            if (EmailAddress.TryParse(typed) is not { } address)
                continue;
            using var message = new MimeMessage { Body = new TextPart("plain") { Text = "Hello" } };
            message.From.Add(new MailboxAddress("Shop", address.Wire));
            message.To.Add(new MailboxAddress(null, address.Wire));
            using var written = new MemoryStream();
            message.WriteTo(written);
            written.Position = 0;
            using var read = MimeMessage.Load(written);

            address.Wire.Should().MatchRegex(@"^[!-~]+$", "{0} goes over the wire in ASCII", typed);
            MailboxAddress.EncodeAddrspec(read.To.Mailboxes.Single().Address).Should().Be(address.Wire);
            MailboxAddress.EncodeAddrspec(read.From.Mailboxes.Single().Address).Should().Be(address.Wire);
            EmailAddress.TryParse(address.Wire)!.Key.Should().Be(address.Key, "what is written is the same address");
        }
    }

    [Fact]
    public void Whatever_is_taken_as_a_sender_can_be_written_with_its_name()
    {
        foreach (var typed in OddAddresses.All)
        {
            if (EmailSender.TryParse(typed) is not { } sender)
                continue;
            var header = new MailboxAddress(sender.Name, sender.Address.Wire).ToString(encode: true);
            var read = (MailboxAddress)InternetAddressList.Parse(header).Single();

            (read.Name ?? "").Should().Be(sender.Name ?? "", header);
            MailboxAddress.EncodeAddrspec(read.Address).Should().Be(sender.Address.Wire);
        }
    }

    [Theory]
    [InlineData("jo@example.org", "jo@example.org")]
    [InlineData(" Jo@Example.org\t", "Jo@Example.org")]
    [InlineData("kenji.@docomo.ne.jp", "\"kenji.\"@docomo.ne.jp")]
    [InlineData("\"kenji.\"@docomo.ne.jp", "\"kenji.\"@docomo.ne.jp")]
    [InlineData("a..b@ezweb.ne.jp", "\"a..b\"@ezweb.ne.jp")]
    [InlineData("jo@Müller.example", "jo@xn--mller-kva.example")]
    [InlineData("Victim@x", "Victim@x")]
    public void It_goes_over_the_wire_as_the_standards_want_it(string typed, string wire) =>
        EmailAddress.TryParse(typed)!.Wire.Should().Be(wire);

    [Theory]
    [InlineData("Victim@x", " victim@X ")]
    [InlineData("kenji.@docomo.ne.jp", "\"Kenji.\"@docomo.ne.jp")]
    [InlineData("jo@müller.example", "JO@XN--MLLER-KVA.example")]
    public void Two_spellings_of_one_address_are_one(string one, string other) =>
        EmailAddress.KeyOf(one).Should().Be(EmailAddress.KeyOf(other));

    [Theory]
    [InlineData("jö@example.org")]
    [InlineData("jo@[127.0.0.1]")]
    [InlineData("\"jo ann\"@example.org")]
    [InlineData("jo@example.org.")]
    [InlineData("Jo <jo@example.org>")]
    [InlineData("jo@example.org\r\nBcc: eve@example.org")]
    [InlineData("jo@ｅxample.org")]
    public void What_cannot_be_sent_everywhere_is_not_taken(string typed) => EmailAddress.TryParse(typed).Should().BeNull();

    [Theory]
    [InlineData("Shop <support@shop.example>", "Shop")]
    [InlineData("\"Shop, Inc.\" <support@shop.example>", "Shop, Inc.")]
    [InlineData("support@shop.example", null)]
    [InlineData("<support@shop.example>", null)]
    public void A_sender_may_have_a_name(string typed, string? name)
    {
        var sender = EmailSender.TryParse(typed)!;

        (sender.Name, sender.Address.Wire).Should().Be((name, "support@shop.example"));
    }

    [Theory]
    [InlineData("5.1.1 no such user", true)]
    [InlineData("5.1.1 no such user\n5.1.1 really", true)]
    [InlineData(" 5.1.10 null MX", true)]
    [InlineData("5.2.1 disabled", true)]
    [InlineData("5.1.6", true)]
    [InlineData("5.1.11 x", false)]
    [InlineData("5.1.8 bad sender", false)]
    [InlineData("4.1.1 not yet", false)]
    [InlineData("5.5.2 <vm>: Helo command rejected", false)]
    [InlineData("5.7.1 Relaying denied", false)]
    [InlineData("no such user 5.1.1", false)]
    [InlineData("no such user", false)]
    [InlineData("", false)]
    public void Only_an_answer_that_says_there_is_no_such_mailbox_counts(string answer, bool counts) =>
        LeanChat.Mail.EnhancedStatus.IsNoMailbox(answer).Should().Be(counts);
}
