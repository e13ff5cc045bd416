using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Platform.Registry.Scopes;

namespace Platform.Registry.Tests.Scopes;

public sealed class ModelScopeTests
{
    [Fact]
    public void A_scope_of_120_characters_is_kept_and_one_of_121_is_shortened()
    {
        var (fits, tooLong) = (ScopeOfLength(120), ScopeOfLength(121));

        Assert.Equal(120, fits.Scope.Length);
        Assert.Equal(109, tooLong.Scope.Length);
        var whole = "S001_specific_" + string.Join('_', Codes(121));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)));
        Assert.Equal($"{whole[..100]}_{hash[..8]}", tooLong.Scope);
    }

    [Fact]
    public void Long_scopes_with_the_same_beginning_stay_apart()
    {
        var devices = Enumerable.Range(100, 40).Select(number => number.ToString(CultureInfo.InvariantCulture)).ToList();

        var one = ModelScope.ForSelectedDevices(devices, "pooled", "conv-ae");
        var other = ModelScope.ForSelectedDevices(devices.Append("999"), "pooled", "conv-ae");

        Assert.StartsWith("selected_devices/100_101", one.Scope, StringComparison.Ordinal);
        Assert.Equal(one.Scope[..100], other.Scope[..100]);
        Assert.NotEqual(one.ModelId, other.ModelId);
    }

    [Fact]
    public void Codes_are_sorted_by_their_bytes()
    {
        var scope = ModelScope.ForSelectedDevices(["b", "LT-2", "B", "LT-10", "LT-2"], "pooled", "conv-ae");

        Assert.Equal("selected_devices/B_LT-10_LT-2_b", scope.Scope);
    }

    [Theory]
    [InlineData("A", true)]
    [InlineData("LT-2.b", true)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", true)]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234", false)]
    [InlineData("", false)]
    [InlineData("-A", false)]
    [InlineData(".A", false)]
    [InlineData("A_B", false)]
    [InlineData("A/B", false)]
    [InlineData("A B", false)]
    [InlineData("Ä", false)]
    [InlineData("A\n", false)]
    public void Codes_are_letters_digits_dots_and_dashes(string code, bool valid) => Assert.Equal(valid, Code.IsValid(code));

    private static ModelScope ScopeOfLength(int length) => ModelScope.ForSite("S001", Codes(length), "pooled", "conv-ae");

    // Two codes that fill "S001_specific_" up to the length.
    private static string[] Codes(int length) => [new('a', 50), new('b', length - "S001_specific_".Length - 51)];
}
