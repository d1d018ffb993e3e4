(* Bilinear ops over the reals: their derivative, by the product rule, and how a template of one piece
   per operand is checked. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.TemplateProof.
Import ListNotations.
Open Scope R_scope.

(* The tangent of x * y is dx * y + x * dy. *)
Definition jvp_bilinear (rel : idx -> idx -> idx -> bool) (sx sy : shape) (x y dx dy : tensor) : tensor :=
  fun o => bilapp sx sy rel dx y o + bilapp sx sy rel x dy o.

(* d/dt sum [rel] x y = sum [rel] (x' y + x y') *)
Lemma bilinear_deriv rel sx sy (x y : R -> tensor) dx dy o :
  (forall i, Der (fun t => x t i) (dx i)) -> (forall i, Der (fun t => y t i) (dy i)) ->
  Der (fun t => sem_bilinear Rscal rel sx sy (x t) (y t) o) (jvp_bilinear rel sx sy (x 0) (y 0) dx dy o).
Proof.
  intros Hx Hy. unfold sem_bilinear, jvp_bilinear, bilapp. simpl.
  rewrite <- sum_plus.
  apply (Der_sum (fun i t => Sum (fun k => if rel o i k then x t i * y t k else 0) (indices sy))).
  intros i _. rewrite <- sum_plus.
  apply (Der_sum (fun k t => if rel o i k then x t i * y t k else 0)). intros k _.
  destruct (rel o i k).
  - apply product_rule; auto.
  - apply Der_eq with (l := 0). apply Der_const. lra.
Qed.

(* Locally constant operands make a locally constant result. *)
Lemma bilinear_const rel sx sy (x y : R -> tensor) o :
  near (fun t => x t = x 0) -> near (fun t => y t = y 0) ->
  near (fun t => sem_bilinear Rscal rel sx sy (x t) (y t) o = sem_bilinear Rscal rel sx sy (x 0) (y 0) o).
Proof.
  intros Hx Hy. generalize (near_and _ _ Hx Hy). apply near_imp. intros t [-> ->]; auto.
Qed.

(* <ct, x' y + x y'> is the sum of what the two adjoint kernels pair with x' and y'. *)
Lemma bilinear_adjoint so sx sy rel x y dx dy ct :
  dotp so ct (jvp_bilinear rel sx sy x y dx dy)
  = dotp sx (bilapp so sy (fun i o k => rel o i k) ct y) dx
    + dotp sy (bilapp sx so (fun k i o => rel o i k) x ct) dy.
Proof.
  rewrite <- bil_adjoint_l, <- bil_adjoint_r. unfold dotp. rewrite <- sum_plus.
  apply sum_ext. intros; unfold jvp_bilinear; lra.
Qed.

(* A piece makes f of shape s: in every local environment that starts with the operands, the result and
   the cotangent, its instructions leave f where it says. *)
Definition piece_makes (p : piece) (s : shape) (L : list tensor) (f : tensor) : Prop :=
  forall E n, n = length (L ++ E) -> leaves (p n) s (L ++ E) f.

(* Two pieces that make the two adjoints make a correct template. *)
Lemma two_cotangents_correct needs p q tx ty_ L f g dx dy tm outs :
  Some (two_cotangents needs p q) = Some (tm, outs) ->
  length L = 4%nat -> length needs = 2%nat -> still needs [dx; dy] ->
  piece_makes p (snd tx) L f -> piece_makes q (snd ty_) L g ->
  pairing [tx; ty_] needs outs [dx; dy] (teval tm L) = dotp (snd tx) f dx + dotp (snd ty_) g dy.
Proof.
  intros V HL Hn Hs Hp Hq. destruct needs as [|b [|b' [|]]]; try discriminate Hn.
  unfold two_cotangents, nth in V. injection V as <- <-. cbn [pairing].
  set (first := if b then fst (p 4%nat) else []). set (n := (4 + length first)%nat).
  rewrite teval_app.
  assert (E : exists E, teval first L = L ++ E) by apply teval_extends. destruct E as [E HE].
  assert (Ln : n = length (L ++ E)) by (rewrite <- HE, teval_length; unfold n; lia).
  f_equal.
  - destruct b; cycle 1. { rewrite (Hs 0%nat eq_refl : dx = tz), dotp_tz_r; auto. }
    destruct (Hp [] 4%nat) as [Hk Hv]. { rewrite app_nil_r; auto. }
    rewrite app_nil_r in Hk, Hv. apply dotp_ext; auto. intros i Hi.
    rewrite teval_nth by (fold first; rewrite teval_length; auto). auto.
  - rewrite Rplus_0_r.
    destruct b'; cycle 1. { rewrite (Hs 1%nat eq_refl : dy = tz), dotp_tz_r; auto. }
    destruct (Hq E n Ln) as [Hk Hv]. rewrite HE. apply dotp_ext; auto.
Qed.

(* Only the elements within their shapes matter. *)
Lemma bilapp_ext sx sy rel rel' x x' y y' o o' :
  (forall i, inb sx i = true -> x i = x' i) -> (forall k, inb sy k = true -> y k = y' k) ->
  (forall i k, inb sx i = true -> inb sy k = true -> rel o i k = rel' o' i k) ->
  bilapp sx sy rel x y o = bilapp sx sy rel' x' y' o'.
Proof.
  intros Hx Hy Hr. apply sum_ext; intros i Hi. apply sum_ext; intros k Hk.
  apply in_indices in Hi. apply in_indices in Hk. rewrite Hx, Hy, Hr; auto.
Qed.
