namespace EdgeBox.Trust.Gguf;

/// <summary>What is wrong with a model file.</summary>
public enum GgufProblem
{
    /// <summary>The file ends inside its metadata.</summary>
    Truncated,

    /// <summary>The file does not begin with GGUF.</summary>
    NotGguf,

    /// <summary>The file was written for big-endian machines.</summary>
    BigEndian,

    /// <summary>The version is neither 2 nor 3.</summary>
    UnsupportedVersion,

    /// <summary>More keys than the limit.</summary>
    TooManyKeys,

    /// <summary>More tensors than the limit.</summary>
    TooManyTensors,

    /// <summary>The metadata is larger than the limit.</summary>
    MetadataTooLarge,

    /// <summary>A key is empty, too long or has control characters.</summary>
    InvalidKey,

    /// <summary>A key stands there twice.</summary>
    DuplicateKey,

    /// <summary>A value has a type that the format does not define.</summary>
    UnknownValueType,

    /// <summary>A string is longer than the limit.</summary>
    StringTooLong,

    /// <summary>A string is not valid UTF-8.</summary>
    InvalidUtf8,

    /// <summary>An array has more elements than the limit.</summary>
    ArrayTooLong,

    /// <summary>An array holds arrays.</summary>
    NestedArray,

    /// <summary>A Boolean is neither 0 nor 1.</summary>
    InvalidBoolean,

    /// <summary>A key that the engine needs is not there.</summary>
    MissingKey,

    /// <summary>A value has another type than the engine reads.</summary>
    WrongValueType,

    /// <summary>A number is outside what the engine can work with.</summary>
    ValueOutOfRange,

    /// <summary>The alignment is not a power of two from 32 up.</summary>
    InvalidAlignment,

    /// <summary>The file is something else than a model, such as an adapter.</summary>
    NotAModel,

    /// <summary>The architecture is not one that this release serves.</summary>
    UnsupportedArchitecture,

    /// <summary>The model uses something of its architecture that this release does not serve.</summary>
    UnsupportedFeature,

    /// <summary>Head counts and sizes do not fit each other.</summary>
    ImpossibleHeads,

    /// <summary>Expert counts do not fit each other.</summary>
    ImpossibleExperts,

    /// <summary>Rotary embedding cannot be computed as described.</summary>
    ImpossibleRope,

    /// <summary>A tensor's name is empty, too long or not plain text.</summary>
    InvalidTensorName,

    /// <summary>A tensor stands there twice.</summary>
    DuplicateTensor,

    /// <summary>A tensor has no dimensions, too many, or one of no extent.</summary>
    InvalidDimensions,

    /// <summary>The size of a tensor cannot be computed.</summary>
    TensorTooLarge,

    /// <summary>The format does not define the tensor's type.</summary>
    UnknownTensorType,

    /// <summary>The tensor's type cannot be used where it stands.</summary>
    WrongTensorType,

    /// <summary>A row is not a whole number of quantisation blocks.</summary>
    RaggedRow,

    /// <summary>A tensor does not begin at a multiple of the alignment.</summary>
    MisalignedTensor,

    /// <summary>A tensor begins before the one before it ends.</summary>
    OverlappingTensor,

    /// <summary>A tensor does not begin where the one before it ends.</summary>
    TensorGap,

    /// <summary>A tensor's data would lie beyond the end of the file.</summary>
    TensorOutsideFile,

    /// <summary>A tensor that the architecture needs is not there.</summary>
    MissingTensor,

    /// <summary>A tensor that the architecture does not have.</summary>
    UnexpectedTensor,

    /// <summary>A tensor's extents are not those that the keys ask for.</summary>
    WrongShape,

    /// <summary>The tokenizer is not one that this release serves.</summary>
    UnsupportedTokenizer,

    /// <summary>The vocabulary has no tokens, or more than the limit.</summary>
    VocabularySize,

    /// <summary>Two tokens have the same text.</summary>
    DuplicateToken,

    /// <summary>Token types or scores are not one for each token.</summary>
    TokenTableLength,

    /// <summary>A token's type is not one that its tokenizer can have.</summary>
    InvalidTokenType,

    /// <summary>A token's score is not a finite number.</summary>
    InvalidScore,

    /// <summary>A merge is not two parts with a space between.</summary>
    InvalidMerge,

    /// <summary>The vocabulary cannot spell every byte.</summary>
    MissingByteToken,

    /// <summary>A special token's number is not in the vocabulary, or one that is needed has none.</summary>
    InvalidSpecialToken,

    /// <summary>A part of a split model is missing.</summary>
    MissingPart,

    /// <summary>A part of a split model is there twice.</summary>
    DuplicatePart,

    /// <summary>The parts of a split model are not in their order.</summary>
    PartOrder,

    /// <summary>A part belongs to another split model, or the parts disagree on what there is.</summary>
    PartMismatch,
}
