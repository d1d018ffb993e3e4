(* Swish (SiLU): y = x logistic(x), element by element. *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve
  Ops.Pointwise Ops.UnarySlopes.
Open Scope R_scope.

Definition swish (x : R) : R := x * logistic x.
(* y' = p + y (1 - p), where p = logistic(x) *)
Definition swish_slope (x : R) : R := logistic x + swish x * (1 - logistic x).

(* (x g(x))' = g(x) + x g'(x) *)
Lemma is_derive_x_times g x dg : is_derive g x dg -> is_derive (fun x => x * g x) x (g x + x * dg).
Proof.
  intros D. replace (g x + x * dg) with (1 * g x + x * dg) by lra.
  apply (is_derive_mult (fun x => x) g x 1 dg); auto.
  apply (is_derive_id (K := R_AbsRing)). intros; apply Rmult_comm.
Qed.
Theorem is_derive_swish x : is_derive swish x (swish_slope x).
Proof.
  replace (swish_slope x) with (logistic x + x * (logistic x * (1 - logistic x))).
  apply is_derive_x_times, is_derive_logistic. unfold swish_slope, swish. ring.
Qed.
Theorem Der_swish x dx : Der x dx -> Der (fun t => swish (x t)) (swish_slope (x 0) * dx).
Proof. apply (chain_rule swish x), is_derive_swish. Qed.
(* d.x = dy y' *)
Theorem swish_adjoint s (x dx dy : tensor) :
  dotp s dy (fun i => swish_slope (x i) * dx i) = dotp s (fun i => dy i * swish_slope (x i)) dx.
Proof. apply diagonal_trick. Qed.

(* The op is this function. *)
Theorem sem_swish x : sem_unary Rscal Swish x = swish x.
Proof. reflexivity. Qed.
