using PgScale.Tests.Architecture.House.Caching;
using PgScale.Tests.Architecture.House.Cluster;

#pragma warning disable CS0169, CS0649, IDE0044 // Examples for a test that reads their compiled form
namespace PgScale.Tests.Architecture.House.Cluster
{
    internal sealed class Node;

    internal sealed class RogueFloor(Routing.Router router)
    {
        public override int GetHashCode() => router.GetHashCode();
    }
}

namespace PgScale.Tests.Architecture.House.Caching
{
    internal interface IStore;

    internal class Store : IStore
    {
        public static int Size;

        public static Store Open() => new();

        public static T Get<T>() => default!;
    }

    internal sealed class StoreException : Exception;

    [AttributeUsage(AttributeTargets.All)]
    internal sealed class CachedAttribute : Attribute;
}

namespace PgScale.Tests.Architecture.House.Routing
{
    internal sealed class Router(Node node)
    {
        public override int GetHashCode() => node.GetHashCode();
    }

    internal sealed class RogueParent : Store;

    internal sealed class RogueInterface : IStore;

    internal sealed class RogueField
    {
        private Store? _store;
    }

    internal sealed class RogueProperty
    {
        public List<Store[]> Stores { get; } = [];
    }

    internal sealed class RogueParameter
    {
        public static void Use(in Store store) => _ = store;
    }

    internal sealed class RogueConstraint
    {
        public static void Use<T>()
            where T : IStore
        {
        }
    }

    internal sealed class RogueAttribute
    {
        [Cached]
        public static void Use()
        {
        }
    }

    internal sealed class RogueTypeOf
    {
        public static string Name() => typeof(Store).Name;
    }

    internal sealed class RogueCall
    {
        public static void Use(int choice)
        {
            // A switch, wide operands and a two-byte opcode before the call: the reader must not lose its place.
            var number = choice switch { 0 => 5L, 1 => 123_456_789_012L, 2 => 3L, 3 => (long)1.5, _ => choice == 7 ? 1 : 0 };
            if (number > 0)
            {
                _ = Store.Open().GetHashCode();
            }
        }
    }

    internal sealed class RogueStaticField
    {
        public static int Read() => Store.Size;
    }

    internal sealed class RogueGenericArgument
    {
        public static object? Use() => Activator.CreateInstance<Store>();
    }

    internal sealed class RogueLambda
    {
        public static Func<object> Use() => static () => new Store();
    }

    internal sealed class RogueAsync
    {
        public static async Task UseAsync()
        {
            await Task.Yield();
            _ = Store.Get<int>();
        }
    }

    internal sealed class RogueCatch
    {
        public static void Use()
        {
            try
            {
                GC.KeepAlive(null);
            }
            catch (StoreException)
            {
            }
        }
    }
}
