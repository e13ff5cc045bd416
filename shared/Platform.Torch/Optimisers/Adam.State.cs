using static TorchSharp.torch;

namespace TorchSharp.Modules;

public partial class Adam
{
    /// <summary>The running averages of one parameter.</summary>
    public class State : OptimizerState, IDisposable
    {
        public long step;
        public Tensor exp_avg;
        public Tensor exp_avg_sq;
        public Tensor? max_exp_avg_sq;

        internal State(Parameter parameter, bool amsgrad)
        {
            exp_avg = zeros_like(parameter).DetachFromDisposeScope();
            exp_avg_sq = zeros_like(parameter).DetachFromDisposeScope();
            max_exp_avg_sq = amsgrad ? zeros_like(parameter).DetachFromDisposeScope() : null;
        }

        public void Dispose()
        {
            exp_avg.Dispose();
            exp_avg_sq.Dispose();
            max_exp_avg_sq?.Dispose();
            GC.SuppressFinalize(this);
        }

        public override void to(Device device)
        {
            exp_avg = exp_avg.to(device, disposeAfter: true).DetachFromDisposeScope();
            exp_avg_sq = exp_avg_sq.to(device, disposeAfter: true).DetachFromDisposeScope();
            max_exp_avg_sq = max_exp_avg_sq?.to(device, disposeAfter: true).DetachFromDisposeScope();
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            writer.Write(step);
            exp_avg.Save(writer);
            exp_avg_sq.Save(writer);
            writer.Write(max_exp_avg_sq is not null);
            max_exp_avg_sq?.Save(writer);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            step = reader.ReadInt64();
            exp_avg.Load(reader);
            exp_avg_sq.Load(reader);
            if (reader.ReadBoolean())
            {
                max_exp_avg_sq ??= zeros_like(exp_avg_sq).DetachFromDisposeScope();
                max_exp_avg_sq.Load(reader);
            }
            else
            {
                max_exp_avg_sq?.Dispose();
                max_exp_avg_sq = null;
            }
        }

        /// <summary>Takes copies: the other optimiser goes on with its own.</summary>
        public override void LoadStateDict(OptimizerState source)
        {
            var other = (State)source;
            Dispose();
            step = other.step;
            exp_avg = other.exp_avg.clone().DetachFromDisposeScope();
            exp_avg_sq = other.exp_avg_sq.clone().DetachFromDisposeScope();
            max_exp_avg_sq = other.max_exp_avg_sq?.clone().DetachFromDisposeScope();
        }

        public override bool ApproximatelyEquals(OptimizerState other) =>
            other is State s && step == s.step && exp_avg.allclose(s.exp_avg) && exp_avg_sq.allclose(s.exp_avg_sq) &&
            (max_exp_avg_sq is null ? s.max_exp_avg_sq is null : s.max_exp_avg_sq is not null && max_exp_avg_sq.allclose(s.max_exp_avg_sq));
    }
}
