(* The generalised matrix product over the reals. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.DotAxes Ops.TemplateProof Ops.BilinearProof.
Import ListNotations.

(* two lists of axes, joined *)
Lemma in_axes_app n a b : in_axes n a -> in_axes n b -> in_axes n (a ++ b).
Proof. intros A B x H. apply in_app_or in H as [H|H]; auto. Qed.

(* dot_general_c1 to c13 *)
Lemma dot_general_typed lb rb lc rc ats rt : infer (DotGeneral lb rb lc rc) ats = Some rt ->
  exists e sx sy, ats = [(e, sx); (e, sy)] /\ rt = (e, dot_shape lb rb lc rc sx sy) /\
  shape_ok sx = true /\ shape_ok sy = true /\ dot_ok lb rb lc rc sx sy.
Proof.
  simpl. unfold infer_dot_general. intros H. typing H. exists e0, s, s0.
  repeat match goal with
  | E : in_range _ _ = true |- _ => apply in_range_axes in E
  | E : uniqz _ = true |- _ => apply uniqz_NoDup in E
  | E : (_ =? _)%Z = true |- _ => apply Z.eqb_eq in E
  end.
  do 4 (split; [auto; fail|]). constructor; auto using in_axes_app.
Qed.

(* ---- derivative ---- *)
Definition jvp_dot_general (lb rb lc rc : axes) : jvp_fun := fun ats _ vs ds =>
  match ats, vs, ds with
  | [(_, sx); (_, sy)], [x; y], [dx; dy] =>
      jvp_bilinear (dot_rel lb rb lc rc (rank sx) (rank sy)) sx sy x y dx dy
  | _, _, _ => tz
  end.
(* differentiable everywhere *)
Definition ok_dot_general (lb rb lc rc : axes) : ok_fun := fun _ _ _ _ => True.

(* d(x . y) = dx . y + x . dy *)
Lemma dot_general_deriv lb rb lc rc :
  deriv_spec (DotGeneral lb rb lc rc) (jvp_dot_general lb rb lc rc) (ok_dot_general lb rb lc rc).
Proof.
  intros ats rt gs ds H F M _ o _. apply dot_general_typed in H as (e & sx & sy & -> & -> & _).
  destruct gs as [|x [|y [|]]], ds as [|dx [|dy [|]]]; simpl in M; try tauto.
  destruct M as (Mx & My & _).
  apply bilinear_deriv; [apply (moves_float (e, sx))|apply (moves_float (e, sy))]; auto.
Qed.
(* A product of integers is locally constant. *)
Lemma dot_general_const lb rb lc rc : const_spec (DotGeneral lb rb lc rc) (ok_dot_general lb rb lc rc).
Proof.
  intros ats rt gs ds H F M _ o _. apply dot_general_typed in H as (e & sx & sy & -> & -> & _).
  destruct gs as [|x [|y [|]]], ds as [|dx [|dy [|]]]; simpl in M; try tauto.
  destruct M as (Mx & My & _). simpl at_. apply bilinear_const; eapply moves_near; eauto.
Qed.

(* ---- backward ---- *)
(* The product with its axes put in order: element i of the cotangent is the product's at pick order i. *)
Lemma dot_piece_makes lb rb lc rc a b ta tb order t L :
  is_permutation (rank (snd t)) order -> (a < length L)%nat -> (b < length L)%nat ->
  piece_makes (dot_piece lb rb lc rc a b ta tb order t) (snd t) L
    (fun i => bilapp (snd ta) (snd tb) (dot_rel lb rb lc rc (rank (snd ta)) (rank (snd tb)))
                (nth a L tz) (nth b L tz) (pick order i)).
Proof.
  intros P Ha Hb E n Ln. destruct t as [e s], ta as [ea sa], tb as [eb sb]. simpl in P.
  cbn [snd]. unfold dot_piece, transpose_unless_identity. cbn [fst snd].
  set (product := T (DotGeneral lb rb lc rc) [a; b] [(ea, sa); (eb, sb)] (e, pick order s)).
  set (z := bilapp sa sb (dot_rel lb rb lc rc (rank sa) (rank sb)) (nth a L tz) (nth b L tz)).
  assert (Z : forall o, inb (pick order s) o = true -> nth n (teval [product] (L ++ E)) tz o = z o).
  { intros o Ho. rewrite Ln. simpl. rewrite nth_tstep. simpl map. rewrite !app_nth1 by auto.
    rewrite sem_in; auto. }
  pose proof (rank_pick_permutation s order P) as Rp. rewrite Rp.
  destruct (ieqb (inverse_permutation order) (zseq (rank s))) eqn:I.
  - apply ieqb_eq in I. split; simpl. rewrite app_length in *; lia.
    assert (J : forall i, rank i = rank s -> pick order i = i).
    { intros i Hi. rewrite <- (transpose_source_inverse (rank s)) by auto using rank_nonneg.
      rewrite I. unfold transpose_source. rewrite <- (pick_zseq i) at 1. rewrite Hi.
      apply pick_inverse_pick. rewrite Hi. apply is_permutation_zseq. }
    intros i Hi. rewrite (J i) by (apply inb_rank; auto). apply Z. rewrite (J s); auto.
  - apply (leaves_after [product] ([_], S n)). apply leaves_instr.
    rewrite teval_length; simpl; lia.
    intros i Hi. cbn [t_op t_ats t_rty t_args map]. rewrite pick_inverse_pick by auto.
    rewrite (sem_in _ _ (e, s)) by exact Hi.
    simpl sem0. rewrite (transpose_source_inverse (rank s)) by auto using rank_nonneg.
    apply Z, inb_pick; auto. apply permutation_axes; auto.
Qed.

(* <ct, dx . y + x . dy> = <ct . y, dx> + <x . ct, dy>, with the axes in order *)
Lemma dot_general_vjp_correct lb rb lc rc :
  vjp_spec (DotGeneral lb rb lc rc) (jvp_dot_general lb rb lc rc) (ok_dot_general lb rb lc rc).
Proof.
  intros needs ats rt tm outs vs ds ct H F V Ln Lv Ld S _.
  apply dot_general_typed in H as (e & sx & sy & -> & -> & _ & _ & K).
  destruct vs as [|x [|y [|]]], ds as [|dx [|dy [|]]]; try discriminate.
  unfold vjp, vjp_dot_general in V. cbn [app].
  set (z := sem Rscal _ _ _ _). set (L := [x; y; z; ct]).
  rewrite (two_cotangents_correct _ _ _ _ _ L _ _ _ _ _ _ V eq_refl Ln S
    (dot_piece_makes _ _ _ _ 3 1 _ _ _ (e, sx) L (lhs_order_permutation _ _ _ _ _ _ K)
       ltac:(simpl; lia) ltac:(simpl; lia))
    (dot_piece_makes _ _ _ _ 0 3 _ _ _ (e, sy) L (rhs_order_permutation _ _ _ _ _ _ K)
       ltac:(simpl; lia) ltac:(simpl; lia))).
  cbn [snd nth L]. simpl jvp_dot_general. rewrite bilinear_adjoint.
  f_equal; apply dotp_ext; auto; intros j _; apply sum_ext; intros a Ha; apply sum_ext; intros b Hb.
  - apply in_indices, inb_rank in Ha.
    rewrite <- (proj1 (outer_product_trick lb rb lc rc sx sy K a j b Ha)); auto.
  - apply in_indices, inb_rank in Hb.
    rewrite <- (proj2 (outer_product_trick lb rb lc rc sx sy K b a j Hb)); auto.
Qed.
