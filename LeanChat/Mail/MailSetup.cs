namespace LeanChat.Mail;

/// <summary>Sends e-mails, and reads the answers to them.</summary>
internal static class MailSetup
{
    public static IServiceCollection AddMail(this IServiceCollection services) => services
        .AddSingleton<Outbox>()
        .AddSingleton<SilentAddresses>()
        .AddSingleton<AccountMail>()
        .AddSingleton<Smtp>()
        .AddSingleton<Imap>()
        .AddSingleton<MailboxState>()
        .AddSingleton<ReplyKeys>()
        .AddSingleton<LetterLinks>()
        .AddSingleton<UnsubscribePage>()
        .AddHostedService<Mailer>();

    public static void MapMail(this WebApplication app) => app.Services.GetRequiredService<UnsubscribePage>().Map(app);
}
