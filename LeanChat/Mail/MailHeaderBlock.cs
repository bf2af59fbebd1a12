using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>
/// The block `From: … Sent: … To: … Subject: …` that Outlook and webmail put above a letter that they do not mark as a quote.
/// </summary>
internal static partial class MailHeaderBlock
{
    private const int LinesAtLeast = 3;
    private const int LinesAtMost = 9;

    private static readonly HashSet<string> From = Set(
        "from,von,de,da,van,från,fra,lähettäjä,od,feladó,expéditeur,gönderen,kimden,от,від,από,מאת,من,发件人," +
        "寄件者,寄件人,差出人,보낸 사람,보낸사람,จาก,từ,người gửi,dari,odesílatel,odosielateľ,de la," +
        "afzender,mittente,remitente,remetente,nadawca,absender");

    private static readonly HashSet<string> Others = Set(
        "sent,date,to,subject,cc,bcc,reply-to,importance,sent at,gesendet,datum,an,betreff,kopie,antwort an,envoyé,à,objet," +
        "envoyé le,date d'envoi,destinataire,enviado,enviado el,enviado em,enviada em,fecha,para,asunto,assunto,data,inviato,a," +
        "oggetto,destinatario,verzonden,aan,onderwerp,skickat,till,ämne,sendt,dato,til,emne,lähetetty,päivämäärä,päiväys," +
        "vastaanottaja,aihe,wysłano,wysłane,do,temat,data wysłania,odesláno,komu,předmět,odoslané,predmet,dátum,elküldve," +
        "címzett,tárgy,trimis,către,subiect,отправлено,дата,кому,тема,копия,надіслано," +
        "στάλθηκε,ημερομηνία,προς,θέμα,gönderildi,gönderim tarihi,tarih,kime,alıcı,konu,נשלח," +
        "תאריך,אל,נושא,إلى,التاريخ,الموضوع,تم الإرسال,تاريخ الإرسال,发送时间," +
        "发送日期,日期,时间,收件人,抄送,主题,寄件日期,收件者,主旨,副本,送信日時,日時,日付,宛先," +
        "件名,送信済み,보낸 날짜,날짜,받는 사람,받는사람,제목,참조,ส่งเมื่อ," +
        "วันที่,ถึง,เรื่อง,đã gửi,ngày,đến,tới,chủ đề,dikirim,tanggal,kepada,subjek");

    /// <summary>Where the first block begins, with the rule above it; the number of lines if there is none.</summary>
    public static int Find(IReadOnlyList<string> lines)
    {
        for (var at = 0; at < lines.Count; at++)
        {
            if (LabelOf(lines[at]) is not null && IsBlock(lines, at))
                return WithRule(lines, at);
        }

        return lines.Count;
    }

    private static bool IsBlock(IReadOnlyList<string> lines, int at)
    {
        var (labels, from) = (0, false);
        for (var line = at; line < Math.Min(lines.Count, at + LinesAtMost) && !Blank.Is(lines[line]); line++)
        {
            if (LabelOf(lines[line]) is not { } label)
                continue;
            labels++;
            from |= From.Contains(label);
        }

        return from && labels >= LinesAtLeast;
    }

    private static int WithRule(IReadOnlyList<string> lines, int at)
    {
        var above = at - 1;
        while (above >= 0 && Blank.Is(lines[above]))
            above--;
        return above >= 0 && Rule().IsMatch(lines[above]) ? above : at;
    }

    /// <summary>The label of `*From:* Mia`; null for a line that has none of the known ones.</summary>
    private static string? LabelOf(string line) =>
        Label().Match(line) is { Success: true } match && match.Groups[1].Value.Trim().ToLowerInvariant() is var label
            && (From.Contains(label) || Others.Contains(label)) ? label : null;

    private static HashSet<string> Set(string words) => [.. words.Split(',')];

    [GeneratedRegex(@"^[\s*_\u200E\u200F\u202A-\u202E]*(\p{L}[\p{L}\p{M}' -]{0,24}?)[\s*_]*[:：]", RegexOptions.CultureInvariant)]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s*(_{5,}|-{2,}.*-{2,}|={5,}|\*{5,})\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Rule();
}
