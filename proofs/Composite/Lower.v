(* Composites become core ops in a numerically stable form (src/passes/lower.cpp): inner instructions get
   the fresh identifiers n, n+1, ... and names y$max, y$shifted, ...; the last one of an expansion keeps the
   composite's identifier and name. Core instructions stay as they are. No reals. *)
From Coq Require Import ZArith List Bool PArith.
From Coq.Strings Require Import Byte String.
From Pullback Require Import Base.Index Syntax Composite.Softmax Composite.BatchNormTraining
  Composite.Activations.
Import ListNotations.

(* y$suffix *)
Definition inner (composite : name) (suffix : string) : name :=
  composite ++ Byte.x24 :: list_byte_of_string suffix.

Section Expansion.
  Variables (n : positive) (composite : name) (t : ty) (a : Z).
  Notation inner suffix := (inner composite suffix%string).
  Open Scope positive_scope.
  Open Scope list_scope.
  Let along := broadcast_line (snd t) a.
  Let l := line_ty t a.

  (* n+2 = x - max x *)
  Definition expand_shifted (x : positive) : prog :=
    [I n (Reduce RMax [a]) [x] [t] l (inner "max");
     I (n + 1) along [n] [l] t (inner "maxes");
     I (n + 2) (Binary Subtract) [x; n + 1] [t; t] t (inner "shifted")].
  (* m = max x; e = exp (x - m); y = e / sum e *)
  Definition expand_softmax (x y : positive) : prog :=
    expand_shifted x ++
    [I (n + 3) (Unary Exponential) [n + 2] [t] t (inner "exp");
     I (n + 4) (Reduce RAdd [a]) [n + 3] [t] l (inner "sum");
     I (n + 5) along [n + 4] [l] t (inner "sums");
     I y (Binary Divide) [n + 3; n + 5] [t; t] t composite].
  (* m = max x; s = x - m; y = s - log (sum (exp s)); y's name *)
  Definition expand_log_softmax (x y : positive) (result : name) : prog :=
    expand_shifted x ++
    [I (n + 3) (Unary Exponential) [n + 2] [t] t (inner "exp");
     I (n + 4) (Reduce RAdd [a]) [n + 3] [t] l (inner "sum");
     I (n + 5) (Unary Log) [n + 4] [l] l (inner "log");
     I (n + 6) along [n + 5] [l] t (inner "logs");
     I y (Binary Subtract) [n + 2; n + 6] [t; t] t result].
  (* y = - sum (labels * log_softmax x) *)
  Definition expand_cross_entropy (x labels y : positive) : prog :=
    expand_log_softmax x (n + 7) (inner "log_softmax") ++
    [I (n + 8) (Binary Multiply) [labels; n + 7] [t; t] t (inner "weighted");
     I (n + 9) (Reduce RAdd [a]) [n + 8] [t] l (inner "total");
     I y (Unary Negate) [n + 9] [l] l composite].
End Expansion.

Section BatchNorm.
  Variables (n : positive) (composite : name) (t : ty) (a : Z) (epsilon : decimal).
  Notation inner suffix := (inner composite suffix%string).
  Open Scope positive_scope.
  Open Scope list_scope.
  Let f := feature_ty t a.
  Let sum := feature_sum (snd t) a.
  Let spread := feature_spread (snd t) a.

  (* n+12 = (x - mean) / sqrt (variance + epsilon); y = that * scale + offset *)
  Definition expand_normalised (x : positive) : prog :=
    [I n sum [x] [t] f (inner "sum");
     I (n + 1) (feature_count t a) [] [] f (inner "count");
     I (n + 2) (Binary Divide) [n; n + 1] [f; f] f (inner "mean");
     I (n + 3) spread [n + 2] [f] t (inner "means");
     I (n + 4) (Binary Subtract) [x; n + 3] [t; t] t (inner "centred");
     I (n + 5) (Binary Multiply) [n + 4; n + 4] [t; t] t (inner "squares");
     I (n + 6) sum [n + 5] [t] f (inner "total");
     I (n + 7) (Binary Divide) [n + 6; n + 1] [f; f] f (inner "variance");
     I (n + 8) (Constant f [epsilon]) [] [] f (inner "epsilon");
     I (n + 9) (Binary Add) [n + 7; n + 8] [f; f] f (inner "shifted");
     I (n + 10) (Unary Rsqrt) [n + 9] [f] f (inner "rstd");
     I (n + 11) spread [n + 10] [f] t (inner "rstds");
     I (n + 12) (Binary Multiply) [n + 4; n + 11] [t; t] t (inner "normalised")].
  Definition expand_batch_norm (x scale offset y : positive) : prog :=
    expand_normalised x ++
    [I (n + 13) spread [scale] [f] t (inner "scales");
     I (n + 14) (Binary Multiply) [n + 12; n + 13] [t; t] t (inner "scaled");
     I (n + 15) spread [offset] [f] t (inner "offsets");
     I y (Binary Add) [n + 14; n + 15] [t; t] t composite].
End BatchNorm.

(* One instruction's expansion, and the first identifier it leaves unused. *)
Definition lower1 (n : positive) (i : instr) : prog * positive :=
  match iop i, args i with
  | Softmax a, [x] => (expand_softmax n (iname i) (rty i) a x (res i), n + 6)%positive
  | LogSoftmax a, [x] => (expand_log_softmax n (iname i) (rty i) a x (res i) (iname i), n + 7)%positive
  | SoftmaxCrossEntropy, [x; labels] =>
      match ats i with
      | t :: _ => (expand_cross_entropy n (iname i) t 1 x labels (res i), n + 10)%positive
      | _ => ([i], n)
      end
  | BatchNormTraining a e, [x; scale; offset] =>
      (expand_batch_norm n (iname i) (rty i) a e x scale offset (res i), n + 16)%positive
  | Unary Swish, [x] => (expand_swish (inner (iname i)) n (iname i) (rty i) x (res i), n + 1)%positive
  | Unary Gelu, [x] => (expand_gelu (inner (iname i)) n (iname i) (rty i) x (res i), n + 8)%positive
  | Unary GeluTanh, [x] =>
      (expand_gelu_tanh (inner (iname i)) n (iname i) (rty i) x (res i), n + 8)%positive
  | _, _ => ([i], n)
  end.
(* n: the first unused identifier *)
Fixpoint lower (n : positive) (p : prog) : prog * positive :=
  match p with
  | [] => ([], n)
  | i :: p => let (q, n) := lower1 n i in let (r, n) := lower n p in (q ++ r, n)
  end.
