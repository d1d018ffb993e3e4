(* Swish (SiLU): y = x logistic(x), element by element. *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve
  Ops.Pointwise Ops.UnaryProof.
Open Scope R_scope.

Definition logistic (x : R) : R := 1 / (1 + exp (- x)).
Definition swish (x : R) : R := x * logistic x.
(* y' = p + y (1 - p), where p = logistic(x) *)
Definition swish_slope (x : R) : R := logistic x + swish x * (1 - logistic x).

Lemma is_derive_logistic x : is_derive logistic x (logistic x * (1 - logistic x)).
Proof. exact (logistic_slope x). Qed.
Theorem is_derive_swish x : is_derive swish x (swish_slope x).
Proof.
  replace (swish_slope x) with (1 * logistic x + x * (logistic x * (1 - logistic x))).
  - apply (is_derive_mult (fun x => x) logistic x 1 (logistic x * (1 - logistic x))).
    apply (is_derive_id (K := R_AbsRing)). apply is_derive_logistic. intros; apply Rmult_comm.
  - unfold swish_slope, swish. lra.
Qed.
Theorem Der_swish x dx : Der x dx -> Der (fun t => swish (x t)) (swish_slope (x 0) * dx).
Proof. apply (chain_rule swish x), is_derive_swish. Qed.
(* d.x = dy y' *)
Theorem swish_adjoint s (x dx dy : tensor) :
  dotp s dy (fun i => swish_slope (x i) * dx i) = dotp s (fun i => dy i * swish_slope (x i)) dx.
Proof. apply diagonal_trick. Qed.

(* Its lowering to core ops is its definition. *)
Theorem swish_lowering x : sem_binary Rscal Multiply x (sem_unary Rscal Logistic x) = swish x.
Proof. reflexivity. Qed.
