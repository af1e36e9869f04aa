using EdgeBox.Platform.Sockets;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Access;

/// <summary>Which role a user of the machine has: root and the daemon's own user are admins, three groups stand for the other roles.</summary>
/// <param name="ownUser">The daemon's user id.</param>
/// <param name="groupIds">Ids of the groups that exist, by name.</param>
internal sealed class GroupRoles(uint ownUser, IReadOnlyDictionary<string, uint> groupIds)
{
    private const uint Root = 0;

    private static readonly (string Group, Role Role)[] s_groups =
    [
        ("edgebox-admin", Role.Admin),
        ("edgebox-operator", Role.Operator),
        ("edgebox-client", Role.Client),
    ];

    /// <summary>The roles as this machine's groups give them now.</summary>
    public static GroupRoles OfThisMachine() => new(
        UserDatabase.CurrentUser,
        s_groups.Select(g => (g.Group, Id: UserDatabase.FindGroup(g.Group)))
            .Where(g => g.Id is not null)
            .ToDictionary(g => g.Group, g => g.Id!.Value));

    /// <summary>The highest role that the user or one of its groups gives.</summary>
    public Role RoleOf(uint user, IReadOnlyCollection<uint> groups)
    {
        if (user == Root || user == ownUser)
        {
            return Role.Admin;
        }

        foreach (var (name, role) in s_groups)
        {
            if (groupIds.TryGetValue(name, out var id) && groups.Contains(id))
            {
                return role;
            }
        }

        return Role.Anyone;
    }
}
