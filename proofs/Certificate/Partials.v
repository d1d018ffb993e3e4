(* The gradient is the vector of partial derivatives: the special case of curves that move one coordinate
   of one parameter. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Curve
  Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Gradient Certificate.SmoothProof
  Certificate.Theorem.
Import ListNotations.
Open Scope R_scope.

(* 1 at index i of parameter x, 0 elsewhere. *)
Definition coordinate (x : positive) (i : idx) : renv :=
  fun y o => if Pos.eqb y x then if ieqb o i then 1 else 0 else 0.
(* The arguments with t added to that coordinate. *)
Definition nudged (e : renv) (x : positive) (i : idx) (t : R) : renv :=
  fun y o => e y o + t * coordinate x i y o.

(* <g, 1 at i> = g[i] *)
Lemma dotp_coordinate s g x i : inb s i = true -> dotp s g (coordinate x i x) = g i.
Proof.
  intros H. unfold dotp, coordinate. rewrite Pos.eqb_refl.
  rewrite <- (sum_delta ieqb ieqb_eq g (indices s) i (NoDup_indices s) (proj2 (in_indices s i) H)).
  apply sum_ext. intros j _. destruct (ieqb j i); lra.
Qed.
(* The curve starts at the arguments *)
Lemma nudged_0 e x i : nudged e x i 0 = e.
Proof.
  apply functional_extensionality; intros y. apply functional_extensionality; intros o. unfold nudged. lra.
Qed.
(* and moves along the coordinate. *)
Lemma nudged_deriv e x i y o : Der (fun t => nudged e x i t y o) (coordinate x i y o).
Proof. unfold nudged, Der. auto_derive; auto. lra. Qed.

(* d loss / d x[i] = g x i, wherever the side conditions hold along the coordinate. *)
Theorem gradient_is_partials n f V e g x i : forward_facts n f V -> NoDup (map fst (f_params f)) ->
  (forall y, In y (f_stats f ++ f_batch f) -> ~ In (fst y) (map fst (f_params f))) ->
  is_gradient f e g -> In x (f_params f) -> inb (snd (in_type x)) i = true ->
  conditions_at f e (coordinate (fst x) i) ->
  Der (fun t => loss f (nudged e (fst x) i t)) (g (fst x) i).
Proof.
  intros FF ND DJ G Hx Hi SM.
  assert (Z : forall y, y <> fst x -> coordinate (fst x) i y = tz).
  { intros y N. apply functional_extensionality; intros o. unfold coordinate.
    destruct (Pos.eqb_spec y (fst x)); [contradiction|reflexivity]. }
  assert (D : Der (fun t => loss f (nudged e (fst x) i t))
                (Sum (fun y => dotp (snd (in_type y)) (g (fst y)) (coordinate (fst x) i (fst y)))
                  (f_params f))).
  { apply G; auto.
    - split; [apply nudged_0|split].
      + intros y _ o. apply nudged_deriv.
      + intros y Hy. assert (N : fst y <> fst x).
        { intros E. apply (DJ y Hy). rewrite E. apply in_map; auto. }
        split; [|apply Z; auto]. intros t. apply functional_extensionality; intros o.
        unfold nudged. rewrite Z by auto. unfold tz. lra.
    - intros y A. apply Z. intros E. subst y. destruct (ff_params n f V FF x Hx) as (_ & _ & C). congruence. }
  eapply Der_eq; [exact D|].
  rewrite <- (dotp_coordinate (snd (in_type x)) (g (fst x)) (fst x) i Hi).
  clear - Hx ND Z. induction (f_params f) as [|y l IH]; simpl in *; [tauto|].
  inversion ND as [|? ? NI ND']; subst. destruct Hx as [->|Hx].
  - rewrite sum_zero; [lra|]. intros y Hy. rewrite Z. apply dotp_tz_r.
    intros E. apply NI. rewrite <- E. apply in_map; auto.
  - rewrite IH by auto. rewrite Z. rewrite dotp_tz_r. lra.
    intros E. apply NI. rewrite E. apply in_map; auto.
Qed.
