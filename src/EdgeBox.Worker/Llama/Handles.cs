using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Worker.Llama;

/// <summary>Owns a llama_model.</summary>
internal sealed class ModelHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public ModelHandle(nint model)
        : base(ownsHandle: true) => SetHandle(model);

    protected override bool ReleaseHandle()
    {
        NativeMethods.llama_model_free(handle);
        return true;
    }
}

/// <summary>Owns a llama_context and keeps its model alive.</summary>
internal sealed class ContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly ModelHandle _model;
    private readonly bool _holdsModel;

    public ContextHandle(ModelHandle model, llama_context_params parameters)
        : base(ownsHandle: true)
    {
        _model = model;
        model.DangerousAddRef(ref _holdsModel);
        SetHandle(NativeMethods.llama_init_from_model(model, parameters));
        if (IsInvalid && _holdsModel)
        {
            // An invalid handle is never released.
            _holdsModel = false;
            model.DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.llama_free(handle);
        if (_holdsModel)
        {
            _model.DangerousRelease();
        }

        return true;
    }
}
