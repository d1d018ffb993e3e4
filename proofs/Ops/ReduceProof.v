(* Reductions over whole axes. A sum mirrors a broadcast. A maximum selects: the tangent is that of the
   largest element, and the cotangent is shared evenly among those that tie. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.Gather Ops.Pointwise Ops.ShapeProof.
Import ListNotations.
Open Scope R_scope.

(* The tangent of a maximum is that of the first largest element. *)
Definition jvp_reduce (kind : reduction) (dims : axes) : jvp_fun :=
  match kind with
  | RAdd => linear_jvp (Reduce RAdd dims)
  | RMax => fun ats rt vs ds o =>
      match ats, vs, ds with
      | [t], [x], [d] =>
          match argmax Rscal (reduce_group (snd t) dims o) x with Some i => d i | None => 0 end
      | _, _, _ => 0
      end
  end.
(* Elements of a group that tie for the maximum have the same tangent. *)
Definition ok_reduce (kind : reduction) (dims : axes) : ok_fun :=
  match kind with
  | RAdd => everywhere
  | RMax => fun ats rt vs ds =>
      match ats, vs, ds with
      | [t], [x], [d] =>
          tfloat rt = true -> forall o, inb (snd rt) o = true -> largest_ok (reduce_group (snd t) dims o) x d
      | _, _, _ => True
      end
  end.

(* The operand's axes that stay; the result index of an operand index. *)
Definition kept_axes (dims : axes) (s : shape) : axes := other_axes (rank s) dims.

Lemma reduce_typed kind dims ats rt : infer (Reduce kind dims) ats = Some rt ->
  exists e s, ats = [(e, s)] /\ rt = (e, pick (kept_axes dims s) s) /\
  in_axes (rank s) dims /\ NoDup dims /\
  (kind = RAdd -> e <> I1) /\ (kind = RMax -> (forall a, In a dims -> 0 < znth s a)%Z \/ In 0%Z (snd rt)).
Proof.
  simpl. unfold infer_reduce. intros H. destruct ats as [|[e s] [|]]; try discriminate. simpl in H. typing H.
  exists e, s. splits; auto.
  - apply in_range_axes; auto.
  - apply uniqz_NoDup; auto.
  - intros ->. destruct e; try discriminate; intros; discriminate.
  - intros ->. match goal with E : reduction_ok _ _ _ _ = true |- _ => apply orb_prop in E as [E|E] end.
    + left. intros a Ha. rewrite forallb_forall in *.
      match goal with E : forall x, In x dims -> _ |- _ => specialize (E a Ha) end.
      simpl in *; lia.
    + right. apply memz_in; auto.
Qed.

(* ---- the result index of an operand index ---- *)
Lemma kept_inb dims s i : inb s i = true ->
  inb (pick (kept_axes dims s) s) (pick (kept_axes dims s) i) = true.
Proof. apply inb_pick, other_axes_range. Qed.
Lemma in_reduce_group s dims o i :
  In i (reduce_group s dims o) <-> inb s i = true /\ o = pick (kept_axes dims s) i.
Proof. unfold reduce_group. rewrite filter_In, in_indices, ieqb_eq. tauto. Qed.
(* A broadcast along the kept axes D copies y[o] to every index i whose coordinates along D are o. *)
Lemma broadcast_source_pick s D i : in_axes (rank s) D -> inb s i = true ->
  broadcast_source (pick D s) D i = pick D i.
Proof.
  intros H Hi. unfold broadcast_source. induction D as [|a D IH]; auto.
  cbn [pick map combine fst snd]. f_equal.
  - pose proof (inb_at s i a Hi (H a (or_introl eq_refl))).
    destruct (znth s a =? 1)%Z eqn:E; auto. lia.
  - apply IH. intros b Hb; apply H; simpl; auto.
Qed.
Lemma sem_spread_at e s dims y i : inb s i = true ->
  sem Rscal (BroadcastInDim s (kept_axes dims s)) [(e, pick (kept_axes dims s) s)] (e, s) [y] i
  = y (pick (kept_axes dims s) i).
Proof.
  intros H. rewrite sem_broadcast_at by auto. simpl snd. rewrite broadcast_source_pick; auto.
  apply other_axes_range.
Qed.
Lemma sem_reduce_max_at dims t rt x o : inb (snd rt) o = true ->
  sem Rscal (Reduce RMax dims) [t] rt [x] o = sem_reduction Rscal RMax (reduce_group (snd t) dims o) x.
Proof. apply sem_in. Qed.

(* ---- derivatives ---- *)
Lemma reduce_deriv kind dims : deriv_spec (Reduce kind dims) (jvp_reduce kind dims) (ok_reduce kind dims).
Proof.
  intros ats rt gs ds T F M K i Hi. apply reduce_typed in T as (e & s & -> & _).
  destruct (one_operand_moves _ _ _ M) as (g & d & -> & -> & G). destruct kind.
  - apply (Der_sum (fun i t => g t i)). auto.
  - apply (Der_largest (reduce_group s dims i) g d G). apply K; auto.
Qed.
Lemma reduce_const kind dims : const_spec (Reduce kind dims) (ok_reduce kind dims).
Proof.
  apply same_element_const. intros ats rt T. apply reduce_typed in T as (e & s & -> & -> & _); eauto.
Qed.

(* ---- backwards ---- *)
(* Sum: <dy, sum dx> = <broadcast dy, dx> *)
Lemma reduce_add_vjp_correct dims : vjp_spec (Reduce RAdd dims) (jvp_reduce RAdd dims) (ok_reduce RAdd dims).
Proof.
  apply one_operand_vjp.
  { intros ats rt T. apply reduce_typed in T as (e & s & -> & _); eauto. }
  intros needs t rt tm outs x d dy T _ V _. apply reduce_typed in T as (e & s & E & -> & _). inv E.
  simpl in V; inv V. exists 3%nat; split; auto. symmetry; simpl.
  set (D := kept_axes dims s). rewrite (dotp_ext _ dy dy _ (sum_over s (pick D) d)); auto.
  - rewrite (sum_over_adjoint _ s) by (apply kept_inb). apply dotp_ext; auto.
    intros i Hi. symmetry. apply sem_spread_at; auto.
  - intros o _. apply sum_filter.
Qed.

(* The elements that tie have the tangent of the first one. *)
Lemma largest_ok_ties l x d i j : largest_ok l x d -> argmax Rscal l x = Some i -> In j l -> x j = x i ->
  d j = d i.
Proof.
  intros (i0 & I1 & I2) A Hj E. pose proof (argmax_in _ _ _ A) as Hi. pose proof (argmax_max _ _ _ A i0 I1).
  destruct (I2 i Hi) as [?|[? ->]]; [lra|]. destruct (I2 j Hj) as [?|[? ->]]; [lra|auto].
Qed.
(* Maximum: select, then share. With the mask m of the elements that equal their group's maximum and their
   number c, sum over a group of (dy / c) m d = dy d*, where d* is the tangent they have in common. *)
Lemma shared_maximum so s key (y dy x d dstar : tensor) :
  (forall i, inb s i = true -> inb so (key i) = true) ->
  (forall i, inb s i = true -> seqb Rscal (x i) (y (key i)) = true -> d i = dstar (key i)) ->
  (forall o, inb so o = true -> exists i, inb s i = true /\ key i = o /\ x i = y o) ->
  let m i := seqb Rscal (x i) (y (key i)) in
  let count := sum_over s key (fun i => sbool Rscal (m i)) in
  dotp s (fun i => if m i then dy (key i) / count (key i) else 0) d = dotp so dy dstar.
Proof.
  intros K Hd Hm m count.
  pose proof (selection_trick s m (fun i => dy (key i) / count (key i)) d tz) as Sel.
  rewrite dotp_tz_r, Rplus_0_r in Sel.
  rewrite <- Sel, <- (sum_over_adjoint so s key (fun o => dy o / count o)) by auto.
  apply sum_ext; intros o Ho. apply in_indices in Ho.
  assert (C : 0 < count o).
  { destruct (Hm o Ho) as (i & Hi & <- & E). apply sum_positive with (a := i).
    - intros j _. destruct (ieqb (key i) (key j)); [|lra]. destruct (m j); simpl; lra.
    - apply in_indices; auto.
    - rewrite (proj2 (ieqb_eq _ _) eq_refl). unfold m. rewrite (proj2 (seqb_R _ _) E). simpl; lra. }
  replace (sum_over s key (fun i => if m i then d i else tz i) o) with (count o * dstar o). field; lra.
  unfold count, sum_over, linapp. rewrite <- sum_scal_r. apply sum_ext; intros i Hi. apply in_indices in Hi.
  destruct (ieqb o (key i)) eqn:E; [|lra]. apply ieqb_eq in E; subst o.
  destruct (m i) eqn:Q; unfold tz; simpl; [rewrite (Hd i Hi Q)|]; lra.
Qed.
Lemma reduce_max_vjp_correct dims : vjp_spec (Reduce RMax dims) (jvp_reduce RMax dims) (ok_reduce RMax dims).
Proof.
  apply one_operand_vjp.
  { intros ats rt T. apply reduce_typed in T as (e & s & -> & _); eauto. }
  intros needs t rt tm outs x d dy T F V K. apply reduce_typed in T as (e & s & E & -> & _). inv E.
  simpl in V; inv V. exists 10%nat; split; auto. simpl in K. specialize (K F).
  set (D := kept_axes dims s) in *. fold D in K.
  set (y := sem Rscal (Reduce RMax dims) [(e, s)] (e, pick D s) [x]).
  change (jvp_reduce RMax dims [(e, s)] (e, pick D s) [x] [d])
    with (fun o => match argmax Rscal (reduce_group s dims o) x with Some i => d i | None => 0 end).
  assert (Y : forall o, inb (pick D s) o = true ->
    exists i, argmax Rscal (reduce_group s dims o) x = Some i /\ inb s i = true /\ pick D i = o /\ y o = x i).
  { intros o Ho. destruct (K o Ho) as (i0 & I1 & _).
    destruct (argmax_some (reduce_group s dims o) x) as [i A].
    intros Q; rewrite Q in I1; destruct I1. exists i. pose proof (argmax_in _ _ _ A) as Hi.
    apply in_reduce_group in Hi as [Hi ->]. splits; auto.
    unfold y. rewrite sem_reduce_max_at by auto. unfold sem_reduction. simpl snd. rewrite A; auto. }
  rewrite <- (shared_maximum (pick D s) s (pick D) y dy x d).
  - apply dotp_ext; auto. intros i Hi. pose proof (kept_inb dims s i Hi) as Ho. fold D in Ho. simpl.
    rewrite sem_select_full by auto.
    assert (Spread : forall z j, inb s j = true ->
      sem Rscal (BroadcastInDim s D) [(e, pick D s)] (e, s) [z] j = z (pick D j))
      by (intros; apply sem_spread_at; auto).
    assert (Mask : forall j, inb s j = true ->
      sem Rscal (Compare EQ) [(e, s); (e, s)] (I1, s)
        [x; sem Rscal (BroadcastInDim s D) [(e, pick D s)] (e, s) [y]] j
      = sbool Rscal (seqb Rscal (x j) (y (pick D j))))
      by (intros; rewrite sem_compare_at, Spread; auto).
    rewrite Mask, strue_sbool by auto.
    destruct (seqb Rscal (x i) (y (pick D i))); [|apply sem_constant_at; auto].
    rewrite Spread, sem_binary_at, sem_sum_at by auto. simpl.
    f_equal. apply sum_ext; intros j Hj. apply in_indices in Hj.
    destruct (ieqb _ _); auto. rewrite sem_convert_at, Mask by auto.
    destruct e; try discriminate; reflexivity.
  - apply kept_inb.
  - intros i Hi Q. apply seqb_R in Q. destruct (Y (pick D i)) as (j & A & Hj & E & Ej). apply kept_inb; auto.
    rewrite A. apply (largest_ok_ties (reduce_group s dims (pick D i)) x d j i); auto.
    + apply K, kept_inb; auto.
    + apply in_reduce_group; auto.
    + congruence.
  - intros o Ho. destruct (Y o Ho) as (i & _ & Hi & E & Ei). exists i; auto.
Qed.
Lemma reduce_vjp_correct kind dims : vjp_spec (Reduce kind dims) (jvp_reduce kind dims) (ok_reduce kind dims).
Proof. destruct kind; [apply reduce_add_vjp_correct|apply reduce_max_vjp_correct]. Qed.
