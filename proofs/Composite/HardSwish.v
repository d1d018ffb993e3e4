(* ReLU6, h-sigmoid and h-swish, element by element: their slopes off the kinks. As layers they are
   compositions of `clamp`, whose lemmas also say what holds at a kink. *)
From Coq Require Import Reals ZArith List Bool Lra.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.Pointwise
  Ops.UnarySlopes Composite.Swish.
Import ListNotations.
Open Scope R_scope.

(* min(max(0, x), 6) *)
Definition relu6 (x : R) : R := smin Rscal (smax Rscal x 0) 6.
Definition relu6_slope (x : R) : R := if Rltb 0 x then if Rltb x 6 then 1 else 0 else 0.
Definition hard_sigmoid (x : R) : R := relu6 (x + 3) / 6.
Definition hard_sigmoid_slope (x : R) : R := relu6_slope (x + 3) / 6.
Definition hard_swish (x : R) : R := x * hard_sigmoid x.
Definition hard_swish_slope (x : R) : R := hard_sigmoid x + x * hard_sigmoid_slope x.

(* Decides the innermost tests first. *)
Ltac by_tests := unfold relu6, relu6_slope, smin, smax; cbn [sltb Rscal];
  repeat match goal with
  | |- context [Rltb ?a ?b] =>
      lazymatch a with context [Rltb _ _] => fail | _ =>
      lazymatch b with context [Rltb _ _] => fail | _ =>
        let E := fresh in destruct (Rltb a b) eqn:E; [apply Rltb_true in E|apply Rltb_false in E] end end
  end; try lra.
Lemma relu6_below x : x <= 0 -> relu6 x = 0. Proof. intros. by_tests. Qed.
Lemma relu6_within x : 0 <= x <= 6 -> relu6 x = x. Proof. intros. by_tests. Qed.
Lemma relu6_above x : 6 <= x -> relu6 x = 6. Proof. intros. by_tests. Qed.
Theorem is_derive_relu6 x : x <> 0 -> x <> 6 -> is_derive relu6 x (relu6_slope x).
Proof.
  intros N M. destruct (Rlt_le_dec x 0) as [H|H]; [|destruct (Rlt_le_dec x 6) as [K|K]].
  - replace (relu6_slope x) with 0 by by_tests.
    apply (flat_between relu6 (x - 1) x 0 0). lra. intros; apply relu6_below; lra.
  - replace (relu6_slope x) with 1 by by_tests.
    apply (is_derive_between relu6 (fun x => x) 0 x 6). lra. intros; apply relu6_within; lra.
    apply (is_derive_id (K := R_AbsRing)).
  - replace (relu6_slope x) with 0 by by_tests.
    apply (flat_between relu6 6 x (x + 1) 6). lra. intros; apply relu6_above; lra.
Qed.
Theorem is_derive_hard_sigmoid x : x <> -3 -> x <> 3 -> is_derive hard_sigmoid x (hard_sigmoid_slope x).
Proof.
  intros N M. unfold hard_sigmoid, hard_sigmoid_slope.
  replace (relu6_slope (x + 3) / 6) with (/ 6 * (1 * relu6_slope (x + 3))) by field.
  apply (is_derive_ext (fun x => / 6 * relu6 (x + 3))). intros; unfold Rdiv; apply Rmult_comm.
  apply (is_derive_scal (fun x => relu6 (x + 3)) x (/ 6)).
  apply (is_derive_comp relu6 (fun x => x + 3) x (relu6_slope (x + 3)) 1).
  apply is_derive_relu6; lra. auto_derive; auto.
Qed.
Theorem is_derive_hard_swish x : x <> -3 -> x <> 3 -> is_derive hard_swish x (hard_swish_slope x).
Proof. intros. apply is_derive_x_times, is_derive_hard_sigmoid; auto. Qed.
(* d.x = dy y' *)
Theorem Der_hard_swish x dx : x 0 <> -3 -> x 0 <> 3 -> Der x dx ->
  Der (fun t => hard_swish (x t)) (hard_swish_slope (x 0) * dx).
Proof. intros. apply (chain_rule hard_swish x); auto. apply is_derive_hard_swish; auto. Qed.

(* The layer ReLU6 is this function: a clamp by scalars. *)
Theorem sem_relu6 e s (x : tensor) i : inb s i = true ->
  sem Rscal Clamp [(e, []); (e, s); (e, [])] (e, s) [fun _ => 0; x; fun _ => 6] i = relu6 (x i).
Proof. intros H. rewrite sem_in by auto. reflexivity. Qed.
