using System.Buffers.Text;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Push;

/// <summary>The API of an admin's devices: list, add, remove, test.</summary>
internal sealed class PushApi(PushKeys keys, PushSender sender, Database database, CurrentSettings settings)
{
    private const int MaxDevices = 20;
    private const int EndpointLength = 2000;
    private const int NameLength = 100;

    private static readonly string[] Prefixes = ["/admin", "/api/admin"];

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var prefix in Prefixes)
        {
            var push = routes.MapGroup(prefix + "/push").WithMetadata(Access.Admin);
            push.MapGet("", (HttpContext context) => ShowAsync(context));
            push.MapPost("/devices", (HttpContext context) => AddAsync(context));
            push.MapDelete("/devices/{id}", (HttpContext context) => RemoveAsync(context));
            push.MapPost("/test", (HttpContext context) => TestAsync(context));
        }
    }

    private async Task ShowAsync(HttpContext context)
    {
        var adminId = Caller.KnownSessionOf(context).AdminId!;
        var key = await keys.GetAsync();
        var devices = await database.ReadAsync(connection => PushStore.Devices(connection, adminId));
        await ApiResponse.Json(
            context, new PushState(key.PublicKey, [.. devices.Select(PushDeviceItem.Of)]), PushJson.Strict.PushState);
    }

    private async Task AddAsync(HttpContext context)
    {
        var session = Caller.KnownSessionOf(context);
        if (!(await ReadAsync(context, session)).Is(out var wanted, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        var (stored, isNew) = await database.WriteAsync(tx =>
        {
            var there = PushStore.FindByEndpoint(tx.Connection, wanted.Endpoint);
            if (there?.AdminId != wanted.AdminId && PushStore.Count(tx.Connection, wanted.AdminId) >= MaxDevices)
                return (null, false);
            PushStore.Put(tx, wanted with { Id = tx.NewId(), CreatedAt = tx.At });
            return (PushStore.FindByEndpoint(tx.Connection, wanted.Endpoint), there is null);
        });
        await (stored is null
            ? ApiResponse.Refuse(context, ApiError.Conflict($"An account has at most {MaxDevices} devices. Remove one of them first."))
            : ApiResponse.Json(
                context, PushDeviceItem.Of(stored), PushJson.Strict.PushDeviceItem,
                isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK));
    }

    private async Task RemoveAsync(HttpContext context)
    {
        var (adminId, id) = (Caller.KnownSessionOf(context).AdminId!, context.Request.RouteValues["id"]!.ToString()!);
        await (await database.WriteAsync(tx => PushStore.Remove(tx, adminId, id))
            ? ApiResponse.NoContent(context)
            : ApiResponse.Refuse(context, ApiError.NotFound));
    }

    private async Task TestAsync(HttpContext context)
    {
        var adminId = Caller.KnownSessionOf(context).AdminId!;
        var devices = await database.ReadAsync(connection => PushStore.Devices(connection, adminId));
        var text = PushMessage.Test(settings.Value.AppName, settings.Value.PathBase).ToJson();
        var results = await Task.WhenAll(devices.Select(device => sender.SendAsync(device, text, "test", context.RequestAborted)));
        await database.WriteAsync(tx =>
        {
            foreach (var (device, result) in devices.Zip(results))
            {
                if (result.IsTaken)
                    PushStore.SetSent(tx, device.Id);
                else if (result.IsGone)
                    PushStore.Forget(tx, device.Id);
                else
                    PushStore.SetError(tx, device.Id, result.Message);
            }

            return true;
        });
        await ApiResponse.Json(
            context,
            [.. devices.Zip(results, (device, result) => new PushTestResult(device.Id, result.IsTaken, result.Status, result.Message))],
            PushJson.Strict.IReadOnlyListPushTestResult);
    }

    private async Task<Outcome<PushDevice>> ReadAsync(HttpContext context, Session session)
    {
        var now = settings.Value;
        if (!(await ApiResponse.ReadAsync(context, PushJson.Strict.PushDeviceBody, now.Limits)).Is(out var body, out var error))
            return error;
        if (body.Endpoint is not { Length: <= EndpointLength } endpoint)
            return ApiError.BadRequest($"`endpoint` is required and has at most {EndpointLength} characters.");
        if (OutwardHttp.Complaint(endpoint, now.Flag("Push:AllowPrivate")) is { } complaint)
            return ApiError.BadRequest($"`endpoint` {complaint}.");
        if (Decode(body.Keys?.P256dh) is not { } key || !PushEncryption.IsKey(key))
            return ApiError.BadRequest("`keys.p256dh` must be a point of the curve P-256: 65 bytes, base64url.");
        if (Decode(body.Keys?.Auth) is not { Length: PushEncryption.SecretBytes } secret)
            return ApiError.BadRequest($"`keys.auth` must be {PushEncryption.SecretBytes} bytes, base64url.");
        var name = Excerpt.Of(Blank.Trim(NullCharacter.Drop(body.Name)) ?? "Unnamed device", NameLength);
        return new PushDevice(
            "", session.AdminId!, session.TokenHash, endpoint, Base64Url.EncodeToString(key), Base64Url.EncodeToString(secret), name, "");
    }

    private static byte[]? Decode(string? text)
    {
        try
        {
            return text is null ? null : Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
