namespace Platform.Predictor.Explanations.Drawing;

/// <summary>
/// The letters of a pen plotter: each is a few strokes through points of a grid, so that they can be drawn at any size and smoothly.
/// </summary>
/// <remarks>
/// A stroke is a row of points, a point is two digits, x from the left and y from the top: capitals reach from y 0 to the baseline at 6,
/// small letters from 2, and descenders end at 8. Two equal points are a dot.
/// </remarks>
internal static class Glyphs
{
    /// <summary>From the top of a capital to the baseline, in units of the grid.</summary>
    internal const int CapHeight = 6;

    private const int Spacing = 2;
    private const int SpaceWidth = 2;

    // Also shown for what has no letter here: better a box than a name that lacks one.
    private const string Missing = "0040460600";

    private static readonly Dictionary<char, Glyph> Known = Parse("""
        !  0004 0606
        "  0002 2022
        #  1016 3036 0242 0444
        $  413010010213334445361605 2026
        %  0640 0010110100 3545463635
        &  4612112031320405162644
        '  0002
        (  10010516
        )  00111506
        *  2125 0244 0442
        +  2125 0343
        ,  1607
        -  0333
        .  0606
        /  0630
        0  100105163645413010
        1  112026 1636
        2  01103041420646
        3  0110304142334445361605 1333
        4  36300444
        5  400002324345361605
        6  413010010516364544331304
        7  004016
        8  103041423313020110 1304051636454433
        9  051636454130100102133342
        :  0303 0606
        ;  1313 1607
        <  410345
        =  0242 0444
        >  014305
        ?  01103041422324 2626
        @  461605011030414434233242
        A  062046 1434
        B  0006 003041423303 3344453606
        C  4130100105163645
        D  00063645413000
        E  40000646 0333
        F  400006 0333
        G  41301001051636454323
        H  0006 4046 0343
        I  1016 0020 0626
        J  4045361605
        K  0006 4003 1346
        L  000646
        M  0600234046
        N  06004640
        O  100105163645413010
        P  06003041423303
        Q  100105163645413010 2446
        R  06003041423303 2346
        S  413010010213334445361605
        T  0040 2026
        U  000516364540
        V  002640
        W  0016233640
        X  0046 4006
        Y  002340 2326
        Z  00400646
        [  10000616
        \  0036
        ]  00101606
        ^  022042
        _  0747
        `  0011
        a  4332120305163645 4246
        b  0006 0312324345361605
        c  4332120305163645
        d  4046 4332120305163645
        e  04444332120305163645
        f  30201116 0232
        g  4332120305163645 4247381807
        h  0006 0312324346
        i  0206 0000
        j  121708 1010
        k  0006 320436
        l  000516
        m  0206 0312223336 3342526366
        n  0206 0312324346
        o  120305163645433212
        p  0208 0312324345361605
        q  4248 4332120305163645
        r  0206 031232
        s  4212031434453606
        t  10152636 0232
        u  0205163645 4246
        v  022642
        w  0216233642
        x  0246 4206
        y  0226 4218
        z  02420646
        {  20111203141526
        |  0007
        }  00111223141506
        ~  04133443
        ²  0020210323
        ·  0404
        ×  0336 3306
        σ  120305163645433212 1242
        –  0343
        …  0606 2626 4646
        ≤  400244 0646
        ≥  004204 0646
        """);

    internal static Glyph Of(char letter) => Known.GetValueOrDefault(letter) ?? Known['\0'];

    private static Dictionary<char, Glyph> Parse(string table)
    {
        var glyphs = new Dictionary<char, Glyph>
        {
            [' '] = new([], SpaceWidth + Spacing),
            ['\0'] = Glyph.Parse(Missing, Spacing),
        };
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            glyphs.Add(line[0], Glyph.Parse(line[1..].Trim(), Spacing));
        return glyphs;
    }
}

/// <param name="Strokes">Each a row of at least two points.</param>
/// <param name="Advance">To the beginning of the next letter.</param>
internal sealed record Glyph((int X, int Y)[][] Strokes, int Advance)
{
    internal static Glyph Parse(string text, int spacing)
    {
        (int X, int Y)[][] strokes =
        [
            .. text.Split(' ').Select(stroke => Enumerable.Range(0, stroke.Length / 2)
                .Select(i => (stroke[2 * i] - '0', stroke[2 * i + 1] - '0'))
                .ToArray()),
        ];
        return new(strokes, strokes.Max(stroke => stroke.Max(point => point.X)) + spacing);
    }
}
