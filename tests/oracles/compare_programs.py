"""compare_programs.py FOLDER PULLBACK: what `pullback run` and `pullback grad` make of the programs that
export_programs.py wrote, against JAX's values and gradients: by the interpreter in double precision within
1e-9, by the native backend in single precision within 1e-4, relative to each result's largest element.
Some are proven as well, where Coq is there. Exit status 1 if one differs, is not proven, or fails without
naming an op that WAITING has for it."""

import os
import shutil
import subprocess
import sys

import numpy as np

# Programs with ops or element types that Pullback may not have: the error must name one of them.
WAITING = {
    "sorted_loss": ["stablehlo.sort"],
}
PROVEN = {"mlp_of_labels": [], "attention": [], "message_passing": [], "variational_autoencoder": [],
          "scanned_lstm": [], "causal_attention": ["--finite"],
          "language_model": ["--finite"]}
TOLERANCE = {"f64": 1e-9, "f32": 1e-4}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr.strip()


def worst(folder, precision, out):
    """The largest relative difference of a result."""
    expected = f"{folder}/out.{precision}"
    if not os.path.isdir(expected):
        expected = f"{folder}/out"
    difference, count = 0.0, 0
    for name in wanted_files(folder):
        wanted, got = np.load(f"{expected}/{name}"), np.load(f"{out}/{name}").astype(np.float64)
        if wanted.shape != got.shape:
            raise ValueError(f"result {name} is of shape {got.shape}, not {wanted.shape}")
        scale = np.abs(wanted).max() or 1.0
        difference = max(difference, float(np.abs(wanted - got).max() / scale))
        count += 1
    return difference, count


def wanted_files(folder):
    return sorted(os.listdir(f"{folder}/out"), key=lambda name: int(name.split(".")[0]))


def check(pullback, folder, wrt, precision):
    """"" if the program agrees, or what is wrong; prints how far it is off."""
    gradient, out = f"{folder}/{precision}.grad.mlir", f"{folder}/{precision}.out"
    status, error = run(pullback, "grad", f"{folder}/{precision}.mlir", "--wrt", wrt, "-o", gradient)
    if status != 0:
        return error
    arguments = [f"{folder}/in.{precision}/{k}.npy" for k in range(argument_count(folder, precision))]
    backend = "interp" if precision == "f64" else "native"
    status, error = run(pullback, "run", gradient, *arguments, "--backend", backend, "-o", out)
    if status != 0:
        return error
    value = f"{folder}/{precision}.value"
    status, error = run(pullback, "run", f"{folder}/{precision}.mlir", *arguments, "--backend", backend, "-o", value)
    if status != 0:
        return error
    if not np.array_equal(np.load(f"{value}/0.npy"), np.load(f"{out}/0.npy")) and precision == "f64":
        return "the gradient function's value is not the function's"
    difference, count = worst(folder, precision, out)
    print(f"  {precision} {backend}: {count} results, off by at most {difference:.1e}")
    return "" if difference <= TOLERANCE[precision] else f"off by {difference}"


def prove(pullback, folder, wrt, options):
    """"" if Coq accepts the certificate of the gradient function."""
    done = subprocess.run([pullback, "prove", f"{folder}/f32.mlir", "--wrt", wrt, "--out", f"{folder}/proof",
                           *options], capture_output=True, text=True)
    print(f"  f32: Coq {'accepts' if done.returncode == 0 else 'rejects'} the certificate")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def argument_count(folder, precision):
    return len(os.listdir(f"{folder}/in.{precision}"))


def main():
    folder, pullback = sys.argv[1:]
    failures, agreeing, waiting = [], 0, 0
    for line in open(f"{folder}/programs.txt"):
        name, wrt = line.split()
        print(name)
        ops, good = WAITING.get(name, []), True
        for precision in ("f64", "f32"):
            wrong = check(pullback, f"{folder}/{name}", wrt, precision)
            good = good and not wrong
            missing = [op for op in ops if op in wrong]
            if wrong and missing:
                print(f"  {precision}: waits for {missing[0]}")
            elif wrong:
                failures.append(f"{name} {precision}: {wrong}")
        if name in PROVEN and shutil.which("coqc"):
            wrong = prove(pullback, f"{folder}/{name}", wrt, PROVEN[name])
            failures += [f"{name}: {wrong}"] if wrong else []
        if good and ops:
            print(f"  no longer waits for {', '.join(ops)}: take it out of WAITING")
        agreeing += good
        waiting += not good
    print(f"{agreeing} programs agree with JAX in both precisions, {waiting} wait for an op or fail")
    for failure in failures:
        print(failure)
    return 1 if failures or agreeing < 12 else 0


if __name__ == "__main__":
    sys.exit(main())
