(* Clamping: twice a selection of one operand, by the derivative's selection trick; a scalar bound collects the
   cotangents of all elements that it bounds. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Axes Base.Real Syntax Ops.Op Ops.Curve Ops.Pointwise
  Ops.BinaryProof Ops.Builder Ops.BuilderProof Ops.TemplateProof.
Import ListNotations.
Open Scope R_scope.

(* ---- numbers ---- *)
(* Above its lower bound; below its upper one. *)
Definition clamp_most (l x : R) : R := if Rltb l x then x else l.
Definition clamp_tangent (l x u dl dx du : R) : R :=
  if Rltb (clamp_most l x) u then (if Rltb l x then dx else dl) else du.
Definition clamp_ok (l x u dl dx du : R) : Prop :=
  (x <> l \/ dx = dl) /\ (clamp_most l x <> u \/ (if Rltb l x then dx else dl) = du).
Definition clamp_number (l x u : R) : R := smin Rscal (smax Rscal x l) u.
Lemma smax_most l x : smax Rscal x l = clamp_most l x.
Proof.
  unfold smax, clamp_most. simpl. destruct (Rltb x l) eqn:E, (Rltb l x) eqn:F; auto;
    try apply Rltb_true in E; try apply Rltb_false in E; try apply Rltb_true in F; try apply Rltb_false in F; lra.
Qed.
Lemma clamp_cases l x u : clamp_number l x u = if Rltb (clamp_most l x) u then clamp_most l x else u.
Proof.
  unfold clamp_number. rewrite smax_most. unfold smin. simpl. set (m := clamp_most l x).
  destruct (Rltb u m) eqn:E, (Rltb m u) eqn:F; auto;
    try apply Rltb_true in E; try apply Rltb_false in E; try apply Rltb_true in F; try apply Rltb_false in F; lra.
Qed.
Lemma clamp_der (l x u : R -> R) dl dx du : Der l dl -> Der x dx -> Der u du ->
  clamp_ok (l 0) (x 0) (u 0) dl dx du ->
  Der (fun s => clamp_number (l s) (x s) (u s)) (clamp_tangent (l 0) (x 0) (u 0) dl dx du).
Proof.
  intros Hl Hx Hu [K1 K2].
  assert (M : Der (fun s => clamp_most (l s) (x s)) (if Rltb (l 0) (x 0) then dx else dl)).
  { apply (branch_der l x l x dl dx dl dx); auto. intros E. destruct K1 as [K1| ->]; auto. congruence. }
  apply Der_ext with (f := fun s => if Rltb (clamp_most (l s) (x s)) (u s) then clamp_most (l s) (x s) else u s).
  { intros s. symmetry. apply clamp_cases. }
  apply (branch_der u (fun s => clamp_most (l s) (x s)) (fun s => clamp_most (l s) (x s)) u _ _ _ _ Hu M M Hu).
  intros E. destruct K2 as [K2| ->]; auto. tauto.
Qed.

(* ---- typing and derivative ---- *)
Definition jvp_clamp : jvp_fun := fun ats rt vs ds =>
  match ats, vs, ds with
  | [tl; _; tu], [l; x; u], [dl; dx; du] => fun i =>
      clamp_tangent (spread (snd tl) l i) (x i) (spread (snd tu) u i)
                    (spread (snd tl) dl i) (dx i) (spread (snd tu) du i)
  | _, _, _ => tz
  end.
(* At a tie with a bound both move alike. *)
Definition ok_clamp : ok_fun := fun ats rt vs ds =>
  match ats, vs, ds with
  | [tl; _; tu], [l; x; u], [dl; dx; du] => tfloat rt = true -> forall i, inb (snd rt) i = true ->
      clamp_ok (spread (snd tl) l i) (x i) (spread (snd tu) u i)
               (spread (snd tl) dl i) (dx i) (spread (snd tu) du i)
  | _, _, _ => True
  end.
(* The operand has the result's type, the bounds its element type and its shape, or none. *)
Lemma clamp_typed ats rt : infer Clamp ats = Some rt -> exists sl su,
  ats = [(fst rt, sl); rt; (fst rt, su)] /\ (sl = [] \/ sl = snd rt) /\ (su = [] \/ su = snd rt).
Proof.
  simpl. unfold infer_clamp. intros H. destruct ats as [|[el sl] [|x [|[eu su] [|]]]]; try discriminate.
  simpl in H. destruct (bound_fits sl (snd x)) eqn:L, (bound_fits su (snd x)) eqn:U; try discriminate.
  destruct (elt_eqb el (fst x)) eqn:EL, (elt_eqb eu (fst x)) eqn:EU; try discriminate. simpl in H. inv H.
  apply elt_eqb_eq in EL. apply elt_eqb_eq in EU. subst. exists sl, su. split; auto.
  assert (F : forall s, bound_fits s (snd rt) = true -> s = [] \/ s = snd rt).
  { intros [|d s]; auto. simpl bound_fits. intros E. right. apply ieqb_eq; auto. }
  auto.
Qed.
Lemma spread_Der sb (g : R -> tensor) (d : tensor) i : (forall i, Der (fun r => g r i) (d i)) ->
  Der (fun r => spread sb (g r) i) (spread sb d i).
Proof. intros D. unfold spread. destruct sb; apply D. Qed.
Lemma clamp_deriv : deriv_spec Clamp jvp_clamp ok_clamp.
Proof.
  intros ats rt gs ds T F M K i Hi. apply clamp_typed in T as (sl & su & -> & _).
  destruct gs as [|l [|x [|u [|]]]], ds as [|dl [|dx [|du [|]]]]; simpl in M; try tauto.
  destruct M as (Ml & Mx & Mu & _). specialize (K F i Hi).
  apply (clamp_der (fun s => spread sl (l s) i) (fun s => x s i) (fun s => spread su (u s) i)); auto.
  - apply spread_Der. apply (moves_float _ _ _ Ml).
  - apply (moves_float _ _ _ Mx).
  - apply spread_Der. apply (moves_float _ _ _ Mu).
Qed.
Lemma clamp_const : const_spec Clamp ok_clamp.
Proof.
  apply integers_const. intros ats rt T F. apply clamp_typed in T as (sl & su & -> & _). unfold integers, tfloat in *.
  simpl. rewrite F; auto.
Qed.

(* ---- backwards ---- *)
Section Bound.
Variables (s : shape) (e : elt) (sb : shape).
Let rt : ty := (e, s).
Hypothesis fits : sb = [] \/ sb = s.
Lemma spread_same (b : tensor) i : inb s i = true -> sb = s -> spread sb b i = b i.
Proof.
  intros Hi ->. unfold spread. destruct s; auto. apply inb_length in Hi. destruct i; auto. discriminate.
Qed.
(* The bound, spread over the shape, *)
Lemma makes_spread L k b : holds L (k, (e, sb)) b -> makes (spread_bound (k, (e, sb)) rt) L rt (spread sb b).
Proof.
  intros H. unfold spread_bound. change (ieqb (vshape _) (snd rt)) with (ieqb sb s). destruct (ieqb sb s) eqn:E.
  - apply ieqb_eq in E. apply makes_ret. unfold rt; simpl; rewrite E; auto. eapply holds_ext; [|exact H].
    cbn [vshape snd]. intros i Hi. symmetry. apply spread_same; auto. rewrite <- E. exact Hi.
  - destruct fits as [F|F]; [|rewrite F, (proj2 (ieqb_eq s s) eq_refl) in E; discriminate].
    eapply makes_ext; [|apply makes_emit]. intros i Hi. subst sb. simpl. destruct H as [_ H]. apply (H []). auto.
Qed.
(* and what it collects: sum_i c[i] db. *)
Lemma wp_gather L k c w (d : tensor) (Q : option val -> list tensor -> Prop) : holds L c w -> vshape c = s ->
  (forall v L', extends L L' -> (fst v < length L')%nat ->
     dotp sb (value L' v) d = dotp s w (spread sb d) -> Q (Some v) L') ->
  wp (gather_bound (k, (e, sb)) c rt) L Q.
Proof.
  intros [Hc Hw] V K. rewrite V in Hw. unfold gather_bound. change (ieqb (vshape _) (snd rt)) with (ieqb sb s). destruct (ieqb sb s) eqn:E.
  - apply ieqb_eq in E. apply wp_ret, K; auto using extends_refl. rewrite E. apply dotp_ext; auto.
    intros i Hi. rewrite <- E. symmetry. apply spread_same; auto.
  - destruct fits as [F|F]; [|rewrite F, (proj2 (ieqb_eq s s) eq_refl) in E; discriminate].
    eapply wp_makes; [apply makes_emit|]. intros v L' X T [Hv H]. apply wp_ret, K; auto.
    assert (SV : vshape v = []) by (unfold vshape; rewrite T; auto). rewrite SV in H. rewrite F, dotp_scalar.
    rewrite (H []) by auto. cbn [map fst snd]. unfold vshape in V. destruct c as [kc [ec sc]]. simpl in V. subst sc.
    simpl. unfold sem_reduce, sem_reduction, reduce_group. rewrite other_axes_all.
    rewrite sum_filter. unfold dotp, spread. simpl. rewrite sum_scal_r. f_equal. apply sum_ext.
    intros i Hi. apply Hw. apply in_indices; auto.
Qed.
End Bound.

(* What an operand's contribution is worth, along d. *)
Definition pays (n : bool) (sb : shape) (o : option val) (L : list tensor) (d : tensor) : R :=
  match n, o with true, Some v => dotp sb (value L v) d | _, _ => 0 end.
Lemma pairing_three ts nl nx nu ol ox ou dl dx du L : forall tl tx tu, ts = [tl; tx; tu] ->
  pairing ts [nl; nx; nu] (map (option_map fst) [ol; ox; ou]) [dl; dx; du] L
  = pays nl (snd tl) ol L dl + (pays nx (snd tx) ox L dx + pays nu (snd tu) ou L du).
Proof.
  intros tl tx tu ->. unfold pays, value. simpl.
  destruct nl, ol, nx, ox, nu, ou; simpl; lra.
Qed.
(* It stays worth that. *)
Lemma value_extends L L' v : extends L L' -> (fst v < length L)%nat -> value L' v = value L v.
Proof. intros [E ->] H. unfold value. apply app_nth1; auto. Qed.
Definition worth (n : bool) (sb : shape) (o : option val) (L : list tensor) (d : tensor) (r : R) : Prop :=
  forall L', extends L L' -> pays n sb o L' d = r.
Lemma worth_some n sb v L d r : (fst v < length L)%nat -> (n = true -> dotp sb (value L v) d = r) ->
  (n = false -> r = 0) -> worth n sb (Some v) L d r.
Proof.
  intros H T F L' X. unfold pays. destruct n; [|rewrite F; auto].
  rewrite (value_extends L L') by auto. auto.
Qed.

(* The two instructions that the template is made of, at the indices of a shape. *)
Lemma makes_less L a b s (x y : tensor) : holds L a x -> holds L b y -> vshape a = s -> vshape b = s ->
  makes (emit (Compare LT) [a; b] (I1, s)) L (I1, s) (fun i => sbool Rscal (Rltb (x i) (y i))).
Proof.
  intros Ha Hb Sa Sb. eapply makes_ext; [|apply makes_emit]. intros i Hi. simpl.
  rewrite (holds_at L a x s i), (holds_at L b y s i) by auto. reflexivity.
Qed.
Lemma makes_choice L p a b rt (q : idx -> bool) (x y : tensor) : holds L p (fun i => sbool Rscal (q i)) ->
  holds L a x -> holds L b y -> vshape p = snd rt -> vshape a = snd rt -> vshape b = snd rt ->
  makes (emit Select [p; a; b] rt) L rt (fun i => if q i then x i else y i).
Proof.
  intros Hp Ha Hb Sp Sa Sb. eapply makes_ext; [|apply makes_emit]. intros i Hi. simpl.
  unfold sem_select. change (snd (snd p)) with (vshape p). rewrite Sp.
  assert (E : (match snd rt with [] => value L p [] | _ => value L p i end) = value L p i).
  { destruct (snd rt); auto. apply inb_length in Hi. destruct i; auto; discriminate. }
  rewrite E, (holds_at L p _ (snd rt) i Hp), (holds_at L a x (snd rt) i), (holds_at L b y (snd rt) i) by auto.
  rewrite strue_sbool. reflexivity.
Qed.
(* A bound's contribution, if it is needed: its share of the cotangent. *)
Lemma wp_bound n s e sb k L p a b (q : idx -> bool) (x y d : tensor) (Q : option val -> list tensor -> Prop) :
  sb = [] \/ sb = s -> (n = false -> d = tz) ->
  holds L p (fun i => sbool Rscal (q i)) -> holds L a x -> holds L b y ->
  vshape p = s -> vshape a = s -> vshape b = s ->
  (forall o L', extends L L' ->
     worth n sb o L' d (dotp s (fun i => if q i then x i else y i) (spread sb d)) -> Q o L') ->
  wp (if_needed n (c <- emit Select [p; a; b] (e, s) ;; gather_bound (k, (e, sb)) c (e, s))) L Q.
Proof.
  intros F Z Hp Ha Hb Sp Sa Sb K. unfold if_needed. destruct n.
  - eapply wp_makes; [apply (makes_choice L p a b (e, s) q x y); auto|]. intros c L1 X1 T1 H1.
    eapply (wp_gather s e sb F L1 k c _ d); [exact H1|unfold vshape; rewrite T1; auto|].
    intros v L2 X2 B E. apply K. eapply extends_trans; eauto. apply worth_some; auto. discriminate.
  - apply wp_ret, K; auto using extends_refl. intros L' _. rewrite (Z eq_refl). symmetry.
    rewrite (dotp_ext s _ (fun i => if q i then x i else y i) _ tz); auto using dotp_tz_r.
    intros i _. unfold spread. destruct sb; auto.
Qed.
(* d.x where it is within its bounds, d.l and d.u where it is not *)
Lemma clamp_vjp_correct : vjp_spec Clamp jvp_clamp ok_clamp.
Proof.
  intros needs ats rt tm outs vs ds dy T F V Ln Lv Ld St _.
  apply clamp_typed in T as (sl & su & -> & Fl & Fu).
  destruct vs as [|l [|x [|u [|]]]], ds as [|dl [|dx [|du [|]]]], needs as [|nl [|nx [|nu [|]]]];
    try discriminate. clear Ln Lv Ld.
  destruct rt as [e s]. cbn [fst snd] in *. set (rt := (e, s)) in *.
  set (z := sem Rscal Clamp _ rt [l; x; u]). clearbody z.
  injection V as V. set (m := clamp_template _ _ _ _ _ _ _) in V.
  replace tm with (fst (built 3 m)) by (rewrite V; auto).
  replace outs with (snd (built 3 m)) by (rewrite V; auto).
  clear V. apply pairing_built; auto. unfold m, clamp_template; clear m. simpl app.
  assert (H0 : holds [l; x; u; z; dy] (0%nat, (e, sl)) l) by (split; simpl; auto; lia).
  assert (H1 : holds [l; x; u; z; dy] (1%nat, rt) x) by (split; simpl; auto; lia).
  assert (H2 : holds [l; x; u; z; dy] (2%nat, (e, su)) u) by (split; simpl; auto; lia).
  assert (H4 : holds [l; x; u; z; dy] (4%nat, rt) dy) by (split; simpl; auto; lia).
  eapply wp_makes; [apply makes_spread; eauto|]. intros lower L1 X1 T1 Hl.
  eapply wp_makes; [apply makes_spread; [exact Fu|carry]|]. intros upper L2 X2 T2 Hu.
  set (lo := spread sl l) in *. set (up := spread su u) in *.
  eapply wp_makes; [apply (makes_less _ _ _ s lo x); [carry|carry|unfold vshape; rewrite T1; auto|auto]|].
  intros above L3 X3 T3 Ha. cbv beta in Ha.
  eapply wp_makes; [apply (makes_choice _ _ _ _ rt (fun i => Rltb (lo i) (x i)) x lo);
    [exact Ha|carry|carry|unfold vshape; rewrite T3; auto|auto|unfold vshape; rewrite T1; auto]|].
  intros most L4 X4 T4 Hm.
  set (mo := fun i => if Rltb (lo i) (x i) then x i else lo i) in *.
  eapply wp_makes; [apply (makes_less _ _ _ s mo up); [exact Hm|carry|unfold vshape; rewrite T4; auto|
    unfold vshape; rewrite T2; auto]|].
  intros below L5 X5 T5 Hb.
  eapply wp_makes; [apply makes_constant|]. intros zero L6 X6 T6 Hz.
  eapply wp_makes; [apply (makes_choice _ _ _ _ rt (fun i => Rltb (mo i) (up i)) dy (fun _ => sem_decimal Rscal dzero));
    [carry|carry|exact Hz|unfold vshape; rewrite T5; auto|auto|unfold vshape; rewrite T6; auto]|].
  intros kept L7 X7 T7 Hk.
  set (ke := fun i => if Rltb (mo i) (up i) then dy i else sem_decimal Rscal dzero) in *.
  set (no := fun _ : idx => sem_decimal Rscal dzero) in *.
  assert (S1 : vshape lower = s) by (unfold vshape; rewrite T1; auto).
  assert (S3 : vshape above = s) by (unfold vshape; rewrite T3; auto).
  assert (S5 : vshape below = s) by (unfold vshape; rewrite T5; auto).
  assert (S6 : vshape zero = s) by (unfold vshape; rewrite T6; auto).
  assert (S7 : vshape kept = s) by (unfold vshape; rewrite T7; auto).
  apply wp_bind. eapply (wp_bound nl s e sl 0 L7 above zero kept (fun i => Rltb (lo i) (x i)) no ke dl); auto;
    try carry. { intros ->. apply (St 0%nat eq_refl). }
  intros ol L8 X8 Wl. apply wp_bind.
  assert (KX : forall (Q : option val -> list tensor -> Prop), (forall o L', extends L8 L' ->
    worth nx s o L' dx (dotp s (fun i => if Rltb (lo i) (x i) then ke i else no i) dx) -> Q o L') ->
    wp (if_needed nx (c <- emit Select [above; kept; zero] rt ;; ret (Some c))) L8 Q).
  { intros Q K. unfold if_needed. destruct nx.
    - eapply wp_makes; [apply (makes_choice L8 above kept zero rt (fun i => Rltb (lo i) (x i)) ke no); auto; carry|].
      intros c L9 X9 T9 [B9 H9]. apply wp_ret, K; auto. apply worth_some; auto; [|discriminate].
      intros _. apply dotp_ext; auto. intros i Hi. apply H9. unfold vshape; rewrite T9; auto.
    - apply wp_ret, K; auto using extends_refl. intros L' _. symmetry.
      rewrite (St 1%nat eq_refl : dx = tz). apply dotp_tz_r. }
  apply KX. intros ox L9 X9 Wx. apply wp_bind.
  eapply (wp_bound nu s e su 2 L9 below zero _ (fun i => Rltb (mo i) (up i)) no dy du); auto;
    try carry. { intros ->. apply (St 2%nat eq_refl). }
  intros ou L10 X10 Wu. apply wp_ret.
  etransitivity; [exact (pairing_three _ nl nx nu ol ox ou dl dx du L10 (e, sl) rt (e, su) eq_refl)|].
  unfold rt. cbn [snd].
  rewrite (Wl L10), (Wx L10), (Wu L10) by (auto using extends_refl; grows).
  unfold dotp. rewrite <- !sum_plus. apply sum_ext. intros i _. unfold jvp_clamp, clamp_tangent. cbn [snd].
  change (clamp_most (spread sl l i) (x i)) with (mo i). fold lo up. unfold ke, no.
  replace (sem_decimal Rscal dzero) with 0 by (simpl; field).
  change (spread sl l i) with (lo i). change (spread su u i) with (up i).
  destruct (Rltb (mo i) (up i)), (Rltb (lo i) (x i)); lra.
Qed.
