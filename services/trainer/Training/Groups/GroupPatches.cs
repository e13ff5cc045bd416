using System.Runtime.InteropServices;
using Platform.Trainer.Datasets;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Trainer.Training.Groups;

/// <summary>
/// Patches of several datasets side by side, one channel for each model. Datasets that fit lie on the device: gathering a group's
/// batches in the host's memory and copying them over would take longer than the step that they are for.
/// </summary>
/// <param name="residentBytes">Room for datasets on the device.</param>
internal sealed class GroupPatches(int nMels, int frames, Device device, long residentBytes) : IDisposable
{
    private const int UploadPatches = 256;

    private readonly int _length = nMels * frames;
    private readonly List<(TrainingData Data, long Offset)> _datasets = [];
    private Tensor? _resident;

    /// <summary>Copies the dataset to the device, if there is room for it.</summary>
    internal void Add(TrainingData data)
    {
        var before = _resident?.shape[0] ?? 0;
        if ((before + data.PatchCount) * _length * sizeof(float) > residentBytes || Offset(data) is not null)
            return;

        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var grown = empty([before + data.PatchCount, _length], device: device);
        if (_resident is not null)
            grown.narrow(0, 0, before).copy_(_resident);
        int[] numbers = [.. Enumerable.Range(0, data.PatchCount)];
        for (var from = 0; from < numbers.Length; from += UploadPatches)
        {
            var part = numbers.AsSpan(from, Math.Min(UploadPatches, numbers.Length - from));
            var values = empty([part.Length, _length]);
            data.Gather(part, Values(values));
            grown.narrow(0, before + from, part.Length).copy_(values);
        }

        Replace(grown);
        _datasets.Add((data, before));
    }

    internal void Remove(TrainingData data)
    {
        if (Offset(data) is not { } offset)
            return;

        using var scope = NewDisposeScope();
        var after = offset + data.PatchCount;
        Replace(_datasets.Count == 1
            ? null
            : cat([_resident!.narrow(0, 0, offset), _resident.narrow(0, after, _resident.shape[0] - after)]));
        _datasets.RemoveAll(dataset => ReferenceEquals(dataset.Data, data));
        for (var i = 0; i < _datasets.Count; i++)
        {
            if (_datasets[i].Offset > offset)
                _datasets[i] = (_datasets[i].Data, _datasets[i].Offset - data.PatchCount);
        }
    }

    /// <summary><c>[length, models, n_mels, frames]</c> on the device; a model that has fewer patches gets some finite ones after them.</summary>
    internal Tensor Gather(IReadOnlyList<GroupMember> members, IReadOnlyList<ReadOnlyMemory<int>> patches)
    {
        var (models, length) = (members.Count, patches.Max(own => own.Length));
        long?[] offsets = [.. members.Select(member => Offset(member.Data))];
        if (offsets.All(offset => offset is not null))
        {
            // Rows are asked for in the order in which they are needed, so nothing has to be turned afterwards.
            var index = new long[length * models];
            for (var i = 0; i < index.Length; i++)
            {
                var (model, place) = (i % models, i / models);
                index[i] = offsets[model]!.Value + (place < patches[model].Length ? patches[model].Span[place] : 0);
            }

            return _resident!.index_select(0, tensor(index).to(device)).view(length, models, nMels, frames);
        }

        var gathered = patches.All(own => own.Length == length) ? empty([models, length, nMels, frames]) : zeros([models, length, nMels, frames]);
        var values = Values(gathered);
        for (var model = 0; model < models; model++)
            members[model].Data.Gather(patches[model].Span, values.Slice(model * length * _length, patches[model].Length * _length));
        return gathered.to(device).permute(1, 0, 2, 3).contiguous();
    }

    public void Dispose() => _resident?.Dispose();

    private long? Offset(TrainingData data)
    {
        foreach (var dataset in _datasets)
        {
            if (ReferenceEquals(dataset.Data, data))
                return dataset.Offset;
        }

        return null;
    }

    private void Replace(Tensor? resident)
    {
        _resident?.Dispose();
        _resident = resident?.DetachFromDisposeScope();
    }

    private static Span<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
