using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway;

/// <summary>Judges the key that a request came with, and what it may do.</summary>
internal sealed class GatewayKeys(KeyRegistry registry, KeyAccounts accounts, ModelDoor door, TrustedClock clock)
{
    private const string Bearer = "Bearer ";

    /// <summary>The key of a request, in force now.</summary>
    /// <exception cref="FailureException">UNAUTHENTICATED, KEY_REVOKED.</exception>
    public IssuedKey Authenticate(HttpRequest request)
    {
        var text = TextOf(request);
        if (text.Length == 0)
        {
            throw Refuse("This needs an API key: Authorization: Bearer ebx_… or x-api-key: ebx_…. An admin of the box issues one with edgeboxctl access issue-key.");
        }

        if (!KeyText.IsWhole(text))
        {
            throw Refuse("This is no API key of an EdgeBox, or it was not copied whole: a key begins with ebx_ and its last characters check the others.");
        }

        var key = registry.Find(text) ?? throw Refuse("This box issued no such API key.");
        return key.InForceAt(clock.Now) ? key
            : key.Revoked is not null ? throw KeyAccounts.Revoked()
            : throw Refuse("This API key has expired. Ask an admin of the box for a new one.");
    }

    /// <summary>Refuses a route that a key was not issued for.</summary>
    /// <exception cref="FailureException">PERMISSION_DENIED.</exception>
    public static void CheckRoute(IssuedKey key, GatewayRoute route)
    {
        if (key.Role < route.Role)
        {
            throw new FailureException(
                ErrorReason.PermissionDenied,
                $"This needs the role {RoleNames.NameOf(route.Role)}; this API key's is {RoleNames.NameOf(key.Role)}.",
                ("role", RoleNames.NameOf(key.Role)),
                ("required_role", RoleNames.NameOf(route.Role)));
        }

        if (route.Scope != KeyScope.Unspecified && key.Scopes.Count > 0 && !key.Scopes.Contains(route.Scope))
        {
            throw new FailureException(
                ErrorReason.PermissionDenied, $"This API key was not issued for this: it lacks the scope {NameOf(route.Scope)}.", ("scope", NameOf(route.Scope)));
        }
    }

    /// <summary>Who asks the models when this key's holder does.</summary>
    /// <param name="key">The key.</param>
    /// <param name="refused">Told when it asks for a model that it may not use.</param>
    public Asker AskerOf(IssuedKey key, Action<FailureException> refused) => new(key.Identity)
    {
        Admit = key.Models.Count == 0 ? null : model => Admit(key, model, refused),
        Charge = usage => accounts.Charge(key, usage),
    };

    /// <summary>Lets a request in and counts it.</summary>
    /// <exception cref="FailureException">QUOTA_EXCEEDED.</exception>
    public KeyUse Enter(IssuedKey key, Action abort) => accounts.Enter(key, abort);

    /// <summary>Tells the client what is left to its key.</summary>
    public void WriteStanding(HttpResponse response, GatewayStyle style, IssuedKey key)
    {
        var (standing, now) = accounts.StandingOf(key);
        QuotaHeaders.Write(response, style, standing, now);
    }

    /// <summary>Whether a key may ask for a model: directly, or by an alias that means it now.</summary>
    public bool MayUse(IssuedKey key, ModelName model) => key.Models.Count == 0 || key.Models.Any(entry => Means(entry, key, model));

    private static string NameOf(KeyScope scope) => scope.ToString().ToLowerInvariant();

    private static FailureException Refuse(string message) => new(ErrorReason.Unauthenticated, message);

    /// <summary>Of two keys in different headers the one that looks like ours: agents send what they have.</summary>
    private static string TextOf(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        var bearer = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : "";
        var other = request.Headers["x-api-key"].ToString().Trim();
        return bearer.Length == 0 || (!bearer.StartsWith(KeyText.Prefix, StringComparison.Ordinal) && other.StartsWith(KeyText.Prefix, StringComparison.Ordinal))
            ? other
            : bearer;
    }

    private void Admit(IssuedKey key, ModelName model, Action<FailureException> refused)
    {
        if (!MayUse(key, model))
        {
            var failure = new FailureException(
                ErrorReason.PermissionDenied, $"This API key may not use {model}; it may use {string.Join(", ", key.Models)}.", ("model", model.ToString()));
            refused(failure);
            throw failure;
        }
    }

    private bool Means(string entry, IssuedKey key, ModelName model)
    {
        try
        {
            return door.Choose(entry, key.Identity).Name == model;
        }
        catch (FailureException)
        {
            return false; // It means nothing now.
        }
    }
}
