#!/usr/bin/env python3
"""run_op_cases.py FOLDER: runs every text that write_op_cases wrote in StableHLO's reference interpreter
and in XLA, from the jaxlib wheel, and compares with Pullback's interpreter. Exit status 1 if any
text is refused or any result differs by more than 1e-5 relative to the largest element."""
import glob, os, sys
import numpy as np
import jax
from jax._src import xla_bridge
from jaxlib import xla_client
from jaxlib.mlir import ir, passmanager
from jaxlib.mlir.dialects import chlo, func, stablehlo
from jaxlib.mlir._mlir_libs import _jax_mlir_ext

# Legal programs that jaxlib's libraries get wrong, by part of their names; both abort the process
# or report an error rather than return wrong values.
KNOWN = {
    # Has no batch_norm ops of its own. Looks up convolution axes by the inverse of a permutation; no
    # extents of 0; no random bits.
    'reference': ['convolution_', 'dot_general_empty', '_text', 'rng_bit_generator'],
    # Overflows in rounding up to the stride; no select_and_scatter of a scalar; rewrites a window that
    # negative padding cuts to one element into one of another shape.
    'XLA': ['slice_huge_stride', 'select_and_scatter_scalar', 'reduce_window_maximum_scalar',
            'reduce_window_add_cut_to_one', 'reduce_window_maximum_cut_to_one',
            'select_and_scatter_cut_to_one'],
}
TYPES = {'f32': np.float32, 'f64': np.float64, 'i16': np.int16, 'i32': np.int32, 'i64': np.int64,
         'ui16': np.uint16, 'ui32': np.uint32, 'ui64': np.uint64, 'i1': np.bool_}


def context():
    result, registry = ir.Context(), ir.DialectRegistry()
    _jax_mlir_ext.register_dialects(registry)
    result.append_dialect_registry(registry)
    result.load_all_available_dialects()
    stablehlo.register_dialect(result)
    chlo.register_dialect(result)
    return result


def read(path, types):
    return [np.fromfile(f'{path}{k}', TYPES[str(t.element_type)]).reshape(t.shape)
            for k, t in enumerate(types)]


def reference(_, module, arguments, types):
    def attribute(a, t):
        if a.ndim:
            return ir.DenseElementsAttr.get(a)
        return ir.DenseElementsAttr.get(a, type=t.element_type, shape=[])
    # The reference interpreter knows no chlo.
    passmanager.PassManager.parse('builtin.module(func.func(chlo-legalize-to-stablehlo))').run(module.operation)
    outs = stablehlo.eval_module(module, [attribute(a, t) for a, t in zip(arguments, types)])
    return [np.array(ir.DenseElementsAttr(o)) for o in outs]


def xla(text, _, arguments, __):
    backend = xla_bridge.get_backend('cpu')
    devices = xla_client.DeviceList(tuple(backend.local_devices()[:1]))
    program = backend.compile_and_load(text, devices)
    buffers = [jax.device_put(a) for a in arguments]
    return [np.asarray(o[0]) for o in
            program.execute_sharded(buffers).disassemble_into_single_device_arrays()]


def differs(ours, theirs):
    if ours.shape != theirs.shape:
        return f'shape {theirs.shape}, not {ours.shape}'
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    finite = np.abs(a[np.isfinite(a)])
    scale = max(finite.max(initial=0.0), 1e-3)
    if np.allclose(a, b, rtol=0, atol=1e-5 * scale, equal_nan=True):
        return ''
    return f'{b.ravel()[:8]}, not {a.ravel()[:8]}'


def outcome(path, run):
    """What is wrong with one text: refused, failed or different; '' if nothing."""
    with context():
        try:
            text = open(path).read()
            module = ir.Module.parse(text)
            module.operation.verify()
            signature = module.body.operations[0].type
            inputs = [ir.RankedTensorType(t) for t in signature.inputs]
            results = [ir.RankedTensorType(t) for t in signature.results]
            theirs = run(text, module, read(path[:-5] + '.in', inputs), inputs)
            ours = read(path[:-5] + '.out', results)
        except Exception as error:
            return str(error).strip()[:300]
    return '; '.join(filter(None, map(differs, ours, theirs)))


def in_child(path, run):
    """The same in a process of its own, because the reference interpreter aborts on errors."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, outcome(path, run).encode())
        os._exit(0)
    os.close(theirs)
    text = os.fdopen(ours).read()
    _, status = os.waitpid(child, 0)
    return text if status == 0 else 'aborted'


def main(folder):
    jax.config.update('jax_enable_x64', True)
    stablehlo.register_stablehlo_passes()
    paths = sorted(glob.glob(folder + '/*.mlir'))
    bad = 0
    # The reference first: no fork once XLA has started its threads.
    for who, call, run in (('reference', in_child, reference), ('XLA', outcome, xla)):
        agreed = excused = 0
        for path in paths:
            name = os.path.basename(path)
            known = any(name.startswith(part) for part in KNOWN[who])
            if known and who == 'XLA':
                excused += 1
                continue
            why = call(path, run)
            agreed += not why
            if not why:
                continue
            if known and why == 'aborted':
                excused += 1
                continue
            print(f'{name}: {who}: {why}', flush=True)
            bad += 1
        print(f'{who}: {agreed} of {len(paths)} programs agree, {excused} excused', flush=True)
    return 1 if bad else 0


sys.exit(main(sys.argv[1]))
