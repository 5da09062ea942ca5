namespace IadNative.Parquet.Metadata;

/// <summary>How values are stored.</summary>
internal enum PhysicalType
{
    /// <summary>A bit.</summary>
    Boolean = 0,

    /// <summary>Four bytes.</summary>
    Int32 = 1,

    /// <summary>Eight bytes.</summary>
    Int64 = 2,

    /// <summary>Twelve bytes: nanoseconds of a day, and the Julian day.</summary>
    Int96 = 3,

    /// <summary>Four bytes.</summary>
    Float = 4,

    /// <summary>Eight bytes.</summary>
    Double = 5,

    /// <summary>Bytes, their number first.</summary>
    ByteArray = 6,

    /// <summary>Bytes of one number in a column.</summary>
    FixedBytes = 7,
}

/// <summary>What stored values mean; <see cref="None"/> is what the physical type says.</summary>
internal enum LogicalType
{
    /// <summary>Nothing more.</summary>
    None,

    /// <summary>UTF-8.</summary>
    Text,

    /// <summary>An integer that has no sign.</summary>
    Unsigned,

    /// <summary>An integer over a power of ten.</summary>
    Decimal,

    /// <summary>Days since 1970.</summary>
    Date,

    /// <summary>A time of day, in units.</summary>
    Time,

    /// <summary>Units since 1970.</summary>
    Timestamp,

    /// <summary>Two bytes.</summary>
    Half,

    /// <summary>No value is there.</summary>
    Nothing,

    /// <summary>A list, a map, or something else that is not read.</summary>
    Other,
}

/// <summary>One node of a file's schema: a column, or a group of nodes that follow it.</summary>
internal sealed record SchemaElement
{
    private const int Millis = 1_000, Micros = 1_000_000, Nanos = 1_000_000_000;

    /// <summary>Its name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>How its values are stored; meaningless for a group.</summary>
    public PhysicalType Physical { get; private set; } = (PhysicalType)(-1);

    /// <summary>Bytes of a value of fixed length.</summary>
    public int Length { get; private set; }

    /// <summary>Nodes below it, 0 for a column.</summary>
    public int Children { get; private set; }

    /// <summary>Whether cells may be missing.</summary>
    public bool IsOptional { get; private set; }

    /// <summary>Whether a cell holds several values.</summary>
    public bool IsRepeated { get; private set; }

    /// <summary>What values mean.</summary>
    public LogicalType Logical { get; private set; }

    /// <summary>Decimals: digits after the point.</summary>
    public int Scale { get; private set; }

    /// <summary>Times: units in a second.</summary>
    public int UnitsPerSecond { get; private set; } = 1;

    /// <summary>Reads one.</summary>
    public static SchemaElement Read(ref CompactReader reader)
    {
        var element = new SchemaElement();
        LogicalType? converted = null, logical = null;
        for (int field = 0; reader.Next(ref field);)
        {
            switch (field)
            {
                case 1: element.Physical = (PhysicalType)reader.Int32(); break;
                case 2: element.Length = reader.Int32(); break;
                case 3:
                    int repetition = reader.Int32();
                    (element.IsOptional, element.IsRepeated) = (repetition == 1, repetition == 2);
                    break;
                case 4: element.Name = reader.Text(); break;
                case 5: element.Children = reader.Int32(); break;
                case 6: converted = element.OfConverted(reader.Int32()); break;
                case 7: element.Scale = reader.Int32(); break;
                case 10: logical = element.OfLogical(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        // The newer of the two where both are there.
        element.Logical = logical ?? converted ?? LogicalType.None;
        return element;
    }

    private LogicalType OfConverted(int converted)
    {
        UnitsPerSecond = converted is 7 or 9 ? Millis : Micros;
        return converted switch
        {
            0 or 4 or 19 => LogicalType.Text,
            5 => LogicalType.Decimal,
            6 => LogicalType.Date,
            7 or 8 => LogicalType.Time,
            9 or 10 => LogicalType.Timestamp,
            >= 11 and <= 14 => LogicalType.Unsigned,
            >= 15 and <= 18 => LogicalType.None,
            _ => LogicalType.Other,
        };
    }

    private LogicalType? OfLogical(ref CompactReader reader)
    {
        LogicalType? logical = null;
        reader.Struct();
        for (int field = 0; reader.Next(ref field);)
        {
            logical = field switch
            {
                1 or 4 or 12 => LogicalType.Text,
                5 => LogicalType.Decimal,
                6 => LogicalType.Date,
                7 => LogicalType.Time,
                8 => LogicalType.Timestamp,
                10 => LogicalType.None,
                11 => LogicalType.Nothing,
                14 => LogicalType.None,
                15 => LogicalType.Half,
                _ => LogicalType.Other,
            };
            if (field is 7 or 8) UnitsPerSecond = Unit(ref reader);
            else if (field == 10) logical = Integer(ref reader);
            else reader.Skip();
        }

        return logical;
    }

    private static int Unit(ref CompactReader reader)
    {
        int units = 0;
        reader.Struct();
        for (int field = 0; reader.Next(ref field);)
        {
            if (field != 2)
            {
                reader.Skip();
                continue;
            }

            reader.Struct();
            for (int unit = 0; reader.Next(ref unit); reader.Skip()) units = unit switch { 1 => Millis, 2 => Micros, 3 => Nanos, _ => 0 };
        }

        return units > 0 ? units : throw new InvalidDataException("A time has no unit that is known.");
    }

    private static LogicalType Integer(ref CompactReader reader)
    {
        bool isSigned = true;
        reader.Struct();
        for (int field = 0; reader.Next(ref field);)
        {
            if (field == 2) isSigned = reader.Boolean();
            else reader.Skip();
        }

        return isSigned ? LogicalType.None : LogicalType.Unsigned;
    }
}
