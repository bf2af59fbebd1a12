using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Mail;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Takes in the files that came with an answer to a letter, before the answer itself.</summary>
internal sealed class MailFiles(Uploads uploads, Database database, CurrentSettings settings, TimeProvider clock)
{
    private const int MaxFiles = 10;

    /// <summary>Uploads the first files of a mail for the chat that it will be in; tells which were refused, and why.</summary>
    public async Task<TakenFiles> TakeAsync(IncomingMail mail, ReceivedText read)
    {
        var taken = new TakenFiles([], []);
        if (read.Files.Count == 0 || read.Report is not null || mail.Automatic
            || await database.ReadAsync(connection => Find(connection, mail)) is not { } uploader)
            return taken;
        foreach (var file in read.Files)
        {
            var name = file.Given ?? FileName.Of(file.Type);
            if (taken.Ids.Count + taken.Refused.Count >= MaxFiles)
            {
                taken.Refused.Add((name, "an e-mail can bring at most 10 files"));
                continue;
            }

            await using var content = file.Open();
            if ((await uploads.TakeAsync(uploader, file.Given ?? "", content)).Is(out var stored, out var error))
                taken.Ids.Add(stored.Id);
            else
                taken.Refused.Add((name, Why(error)));
        }

        return taken;
    }

    /// <summary>The mail was not taken after all: its files go again.</summary>
    public async Task RemoveAsync(TakenFiles taken)
    {
        foreach (var id in taken.Ids)
            await uploads.RemoveAsync(id);
    }

    /// <summary>Who sends the files, and for which chat; null if the mail will not be taken.</summary>
    private Uploader? Find(System.Data.Common.DbConnection connection, IncomingMail mail)
    {
        foreach (var key in mail.Keys)
        {
            if (ReplyKeyStore.Find(connection, key, clock.GetUtcNow(), settings.Value.Count("Mail:ReplyDays")) is not { } letter)
                continue;
            if (letter.ChatId is null || ChatStore.Find(connection, letter.ChatId) is not { } chat)
                return null;
            if (letter.AdminId is not null)
                return mail.From is [var from] && EmailAddress.KeyOf(from) == letter.AdminKey
                    ? new Uploader(chat.Id, Sender.AdminType, letter.AdminId)
                    : null;
            return chat.UserBlockedAt is null ? new Uploader(chat.Id, Sender.UserType, chat.UserId) : null;
        }

        return null;
    }

    /// <summary>For a person who reads it in the chat.</summary>
    private static string Why(ApiError error) => error.Status switch
    {
        403 => "files cannot be sent here",
        413 => "it is too large",
        415 when error == ApiError.VirusFound => "a virus was found in it",
        415 => "files of this kind cannot be sent here",
        422 => "it is empty",
        429 => "too many files today",
        507 => "there is no room left for files",
        _ => "it could not be checked for viruses",
    };
}

/// <summary>The files of a mail: those that were stored, and those that were refused.</summary>
internal sealed record TakenFiles(List<string> Ids, List<(string Name, string Why)> Refused);
