#!/usr/bin/env python3
"""Parses and verifies StableHLO modules with jaxlib's MLIR, and serialises them as portable artifacts.

usage: verify_stablehlo.py FOLDER [--reprint], which holds *.mlir. With --reprint it writes X.pretty and
X.generic beside X.mlir: the module as MLIR prints it, in pretty and in generic form. Prints every module that is rejected with the
reason and a count; exit status 0: all accepted, 1: some rejected, 77: this Python has no jaxlib.
"""
import pathlib
import sys

try:
    from jaxlib.mlir import ir, passmanager
    from jaxlib.mlir.dialects import chlo, sdy, stablehlo
    from jaxlib.mlir._mlir_libs import _jax_mlir_ext
except ImportError as error:
    print(f"{sys.executable} has no jaxlib: {error}")
    sys.exit(77)

LEGALIZE_CHLO = "builtin.module(func.func(chlo-legalize-to-stablehlo))"


def context():
    result = ir.Context()
    registry = ir.DialectRegistry()
    _jax_mlir_ext.register_dialects(registry)
    result.append_dialect_registry(registry)
    result.load_all_available_dialects()
    stablehlo.register_dialect(result)
    chlo.register_dialect(result)
    sdy.register_dialect(result)
    return result


def main(folder, reprint):
    modules = sorted(pathlib.Path(folder).glob("*.mlir"))
    rejected = 0
    stablehlo.register_stablehlo_passes()
    with context():
        version = stablehlo.get_current_version()
        for path in modules:
            text = path.read_text()
            try:
                module = ir.Module.parse(text)
                module.operation.verify()
                if reprint:
                    asm = module.operation.get_asm
                    path.with_suffix(".pretty").write_text(asm())
                    path.with_suffix(".generic").write_text(asm(print_generic_op_form=True))
                if "chlo." in text:  # which portable artifacts leave out
                    legalize = passmanager.PassManager.parse(LEGALIZE_CHLO)
                    legalize.run(module.operation)
                    text = str(module)
                stablehlo.serialize_portable_artifact_str(text, version)
            except Exception as error:  # MLIRError, ValueError: whatever the bindings raise
                rejected += 1
                print(f"{path.name}: {error}\n{text}")
    print(f"{len(modules) - rejected} of {len(modules)} modules accepted")
    return 1 if rejected or not modules else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--reprint" in sys.argv[2:]))
