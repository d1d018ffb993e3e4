(* Comparison is locally constant off a tie; a selection by a mask is undone by the selection trick; a
   conversion between floats is the identity. *)
From Coq Require Import Reals ZArith List Bool Lra Lia FunctionalExtensionality.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.Pointwise.
Import ListNotations.
Open Scope R_scope.

(* ---- compare ---- *)
(* Floating-point operands must not tie; integers may. *)
Definition jvp_compare (d : direction) : jvp_fun := fun _ _ _ _ => tz.
Definition ok_compare (d : direction) : ok_fun := fun ats rt vs ds =>
  match vs with
  | [x; y] => integers ats = false -> forall i, inb (snd rt) i = true -> x i <> y i
  | _ => True
  end.
(* Operands of one element type and one shape; the result has that shape and truth values. *)
Lemma compare_typed d ats rt : infer (Compare d) ats = Some rt ->
  exists e, ats = [(e, snd rt); (e, snd rt)] /\ fst rt = I1.
Proof.
  simpl; unfold infer_compare; intros H. destruct ats as [|[e s] [|[e' s'] [|]]]; try discriminate.
  destruct (elt_eqb _ _ && ieqb _ _)%bool eqn:E; inv H. apply andb_prop in E as [E1 E2].
  apply elt_eqb_eq in E1. apply ieqb_eq in E2. simpl in *; subst. eauto.
Qed.
Lemma compare_const d : const_spec (Compare d) (ok_compare d).
Proof.
  intros ats rt gs ds T F M K i Hi. destruct (integers ats) eqn:N.
  - generalize (integers_still _ _ _ M N). apply near_imp. intros s ->; auto.
  - apply compare_typed in T as (e & -> & T).
    destruct gs as [|g [|h [|]]], ds as [|u [|v [|]]]; simpl in M; try tauto. destruct M as (M1 & M2 & _).
    specialize (K N i Hi). simpl in K.
    pose proof (moves_float _ _ _ M1 i) as D1. pose proof (moves_float _ _ _ M2 i) as D2.
    generalize (near_and _ _ (Rltb_near _ _ _ _ D1 D2 K) (Rltb_near _ _ _ _ D2 D1 (not_eq_sym K))).
    apply near_imp. intros s [A B]. simpl. unfold sem_compare. f_equal.
    destruct d; simpl; unfold seqb, sleb; simpl; rewrite ?A, ?B; auto.
Qed.
Lemma compare_bool d ats rt : infer (Compare d) ats = Some rt -> tfloat rt = false.
Proof. intros T. apply compare_typed in T as (e & _ & T). unfold tfloat; rewrite T; auto. Qed.
Lemma compare_deriv d : deriv_spec (Compare d) (jvp_compare d) (ok_compare d).
Proof. apply no_float_deriv, compare_bool. Qed.
Lemma compare_vjp_correct d : vjp_spec (Compare d) (jvp_compare d) (ok_compare d).
Proof. apply no_float_vjp, compare_bool. Qed.

(* Compared with itself, every value gives the same answer. *)
Lemma compare_itself d ats rt x y : sem Rscal (Compare d) ats rt [x; x] = sem Rscal (Compare d) ats rt [y; y].
Proof.
  unfold sem. f_equal. apply functional_extensionality. intros i. simpl. unfold sem_compare. f_equal.
  assert (I : forall a, Rltb a a = false) by (intros a; apply Rltb_false; lra).
  destruct d; simpl; unfold seqb, sleb; simpl; rewrite !I; auto.
Qed.

(* ---- is_finite: every real number is, so the result does not change ---- *)
Definition jvp_is_finite : jvp_fun := fun _ _ _ _ => tz.
Definition ok_is_finite : ok_fun := fun _ _ _ _ => True.
(* One floating-point operand; the result has its shape and truth values. *)
Lemma is_finite_typed ats rt : infer IsFinite ats = Some rt ->
  exists e, ats = [(e, snd rt)] /\ is_float e = true /\ fst rt = I1.
Proof.
  simpl; unfold infer_is_finite; intros H. destruct ats as [|[e s] [|]]; try discriminate. simpl in H.
  destruct (is_float e) eqn:E; inv H. eauto.
Qed.
Lemma is_finite_always x : sem_is_finite Rscal x = 1.
Proof. unfold sem_is_finite, ssub. simpl. rewrite (proj2 (Rltb_true _ _)); auto. lra. Qed.
Lemma is_finite_const : const_spec IsFinite ok_is_finite.
Proof.
  intros ats rt gs ds T F M K i Hi. apply is_finite_typed in T as (e & -> & _).
  destruct gs as [|g [|]], ds as [|d [|]]; simpl in M; try tauto. apply near_true. intros s. simpl.
  rewrite !is_finite_always; auto.
Qed.
Lemma is_finite_bool ats rt : infer IsFinite ats = Some rt -> tfloat rt = false.
Proof. intros T. apply is_finite_typed in T as (e & _ & _ & T). unfold tfloat; rewrite T; auto. Qed.
Lemma is_finite_deriv : deriv_spec IsFinite jvp_is_finite ok_is_finite.
Proof. apply no_float_deriv, is_finite_bool. Qed.
Lemma is_finite_vjp_correct : vjp_spec IsFinite jvp_is_finite ok_is_finite.
Proof. apply no_float_vjp, is_finite_bool. Qed.

(* ---- select ---- *)
(* The tangent is selected as the value is. *)
Definition select_mask (sp : shape) (p : tensor) (i : idx) : bool :=
  strue Rscal (match sp with [] => p [] | _ => p i end).
Definition jvp_select : jvp_fun := fun ats rt vs ds =>
  match ats, vs, ds with
  | [tp; _; _], [p; _; _], [_; dx; dy] => fun i => if select_mask (snd tp) p i then dx i else dy i
  | _, _, _ => tz
  end.
Definition ok_select : ok_fun := fun _ _ _ _ => True.
(* The predicate is a truth value, or one for each element; both branches have the result's type. *)
Lemma select_typed ats rt : infer Select ats = Some rt ->
  exists sp, ats = [(I1, sp); rt; rt] /\ (sp = [] \/ sp = snd rt).
Proof.
  simpl; unfold infer_select; intros H. destruct ats as [|[e sp] [|x [|y [|]]]]; try discriminate.
  destruct (_ && _)%bool eqn:E; inv H. apply andb_prop in E as [E E3]. apply andb_prop in E as [E1 E2].
  apply elt_eqb_eq in E1. apply ty_eqb_eq in E3. simpl in *; subst. exists sp. split; auto.
  destruct sp; auto. right. apply ieqb_eq; auto.
Qed.
Lemma select_deriv : deriv_spec Select jvp_select ok_select.
Proof.
  intros ats rt gs ds T F M K i Hi. apply select_typed in T as (sp & -> & T).
  destruct gs as [|p [|g [|h [|]]]], ds as [|dp [|dx [|dy [|]]]]; simpl in M; try tauto.
  destruct M as (M0 & M1 & M2 & _).
  apply Der_ext_near with (f := fun s => if select_mask sp (p 0) i then g s i else h s i).
  - generalize (moves_near _ _ _ M0 eq_refl). apply near_imp. intros s E. simpl. unfold sem_select.
    rewrite E. reflexivity.
  - simpl. destruct (select_mask sp (p 0) i).
    apply (moves_float _ _ _ M1). apply (moves_float _ _ _ M2).
Qed.
Lemma select_const : const_spec Select ok_select.
Proof.
  apply integers_const. intros ats rt T F. apply select_typed in T as (sp & -> & _). simpl. rewrite F; auto.
Qed.
(* dx[i] = p[i] ? dz[i] : 0,  dy[i] = p[i] ? 0 : dz[i] *)
Lemma select_vjp_correct : vjp_spec Select jvp_select ok_select.
Proof.
  intros needs ats rt tm outs vs ds dy T F V LN LV LD S K. apply select_typed in T as (sp & -> & T).
  destruct needs as [|n0 [|nx [|ny [|]]]], vs as [|p [|x [|y [|]]]], ds as [|dp [|d [|e [|]]]];
    try discriminate.
  clear LN LV LD K. set (z := sem Rscal Select [(I1, sp); rt; rt] rt [p; x; y]). clearbody z.
  change (jvp_select [(I1, sp); rt; rt] rt [p; x; y] [dp; d; e])
    with (fun i => if select_mask sp p i then d i else e i).
  rewrite selection_trick.
  assert (Zx : nx = false -> 0 = dotp (snd rt) (fun i => if select_mask sp p i then dy i else 0) d).
  { intros ->. rewrite (S 1%nat eq_refl : d = tz). symmetry; apply dotp_tz_r. }
  assert (Zy : ny = false -> 0 = dotp (snd rt) (fun i => if select_mask sp p i then 0 else dy i) e).
  { intros ->. rewrite (S 2%nat eq_refl : e = tz). symmetry; apply dotp_tz_r. }
  destruct nx, ny; simpl in V; inv V; simpl; rewrite Rplus_0_r.
  all: replace (if n0 then 0 else 0) with 0 by (destruct n0; auto); rewrite Rplus_0_l; f_equal; auto.
  all: apply dotp_ext; auto; intros i Hi; rewrite sem_select_at by auto; unfold sem_select; simpl.
  all: rewrite sem_constant_at by auto; auto.
Qed.

(* ---- convert ---- *)
Definition jvp_convert (to : elt) : jvp_fun := fun ats rt vs ds =>
  match ats, ds with [x], [d] => if tfloat x then d else tz | _, _ => tz end.
(* "Not zero" changes at zero. *)
Definition ok_convert (to : elt) : ok_fun := fun ats rt vs ds =>
  match ats, vs with
  | [t], [x] => tfloat t = true -> tfloat rt = false -> forall i, inb (snd rt) i = true -> x i <> 0
  | _, _ => True
  end.
Lemma convert_typed to ats rt : infer (Convert to) ats = Some rt ->
  exists e, ats = [(e, snd rt)] /\ fst rt = to /\ (is_float e = true -> to <> I32).
Proof.
  simpl; unfold infer_convert; intros H. destruct ats as [|[e s] [|]]; try discriminate. simpl in H.
  destruct (is_float e && elt_eqb to I32)%bool eqn:E; inv H. exists e. repeat split; auto.
  intros N ->. rewrite N in E; discriminate.
Qed.
Lemma convert_identity to x : is_float to = true -> sem_convert Rscal to x = x.
Proof. destruct to; auto; discriminate. Qed.
Lemma convert_deriv to : deriv_spec (Convert to) (jvp_convert to) (ok_convert to).
Proof.
  intros ats rt gs ds T F M K i Hi. apply convert_typed in T as (e & -> & T & _).
  destruct gs as [|g [|]], ds as [|d [|]]; simpl in M; try tauto. destruct M as [M _].
  unfold tfloat in F. rewrite T in F. simpl.
  apply Der_ext with (f := fun s => g s i). { intros s. rewrite convert_identity; auto. }
  destruct (tfloat (e, snd rt)) eqn:E; [apply (moves_float _ _ _ M)|].
  unfold moves in M. rewrite E in M. destruct M as [_ M]. apply Der_const_near.
  revert M. apply near_imp. intros s ->; auto.
Qed.
Lemma convert_const to : const_spec (Convert to) (ok_convert to).
Proof.
  intros ats rt gs ds T F M K i Hi. pose proof T as T'. apply convert_typed in T as (e & -> & T & N).
  destruct (tfloat (e, snd rt)) eqn:E.
  - destruct gs as [|g [|]], ds as [|d [|]]; simpl in M; try tauto. destruct M as [M _].
    specialize (K E F i Hi). simpl in K. specialize (N E). unfold tfloat in F.
    destruct to; rewrite T in F; try discriminate; try tauto. simpl.
    pose proof (moves_float _ _ _ M i) as D. pose proof (Der_const 0) as D0.
    generalize (near_and _ _ (Rltb_near _ _ _ _ D D0 K) (Rltb_near _ _ _ _ D0 D (not_eq_sym K))).
    apply near_imp. intros s [A B]. unfold seqb; simpl. rewrite A, B; auto.
  - assert (I : integers [(e, snd rt)] = true) by (simpl; rewrite E; auto).
    generalize (integers_still _ _ _ M I). apply near_imp. intros s ->; auto.
Qed.
(* dx[i] = dy[i] *)
Lemma convert_vjp_correct to : vjp_spec (Convert to) (jvp_convert to) (ok_convert to).
Proof.
  intros needs ats rt tm outs vs ds dy T F V LN LV LD S K. apply convert_typed in T as (e & -> & T & _).
  destruct needs as [|n [|]], vs as [|x [|]], ds as [|d [|]]; try discriminate. clear LN LV LD.
  simpl in V |- *. destruct (tfloat (e, snd rt)) eqn:E; inv V; simpl; rewrite Rplus_0_r.
  - destruct n.
    + apply dotp_ext; auto. intros i Hi. rewrite sem_convert_at by auto. apply convert_identity, E.
    + rewrite (S 0%nat eq_refl : d = tz). symmetry; apply dotp_tz_r.
  - rewrite dotp_tz_r. destruct n; auto.
Qed.
