namespace LeanChat.Mail;

/// <summary>Sends e-mails.</summary>
internal static class MailSetup
{
    public static IServiceCollection AddMail(this IServiceCollection services) => services
        .AddSingleton<Outbox>()
        .AddSingleton<AccountMail>()
        .AddSingleton<Smtp>()
        .AddSingleton<LetterLinks>()
        .AddSingleton<UnsubscribePage>()
        .AddHostedService<Mailer>();

    public static void MapMail(this WebApplication app) => app.Services.GetRequiredService<UnsubscribePage>().Map(app);
}
