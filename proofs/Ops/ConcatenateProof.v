(* Concatenation: each operand is a gather from a range of the result along one axis, and gets that slice of
   the cotangent. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.Gather Ops.Pointwise Ops.TemplateProof Ops.SliceProof.
Import ListNotations.
Open Scope R_scope.

Definition jvp_concatenate (a : Z) : jvp_fun := linear_jvp (Concatenate a).
Definition ok_concatenate (a : Z) : ok_fun := everywhere.

(* ---- typing: the operands have the result's shape but for their extents along the axis ---- *)
Definition part_of (a : Z) (rt t : ty) : Prop :=
  fst t = fst rt /\ snd t = set_axis (snd rt) a (znth (snd t) a) /\ (0 <= znth (snd t) a)%Z.
Lemma concatenate_typed a ats rt : infer (Concatenate a) ats = Some rt ->
  ats <> [] /\ axis_of (snd rt) a /\ (forall t, In t ats -> part_of a rt t) /\
  znth (snd rt) a = concatenated a ats /\ shape_ok (snd rt) = true.
Proof.
  cbn [infer]. unfold infer_concatenate. destruct ats as [|[e s] ats]; [discriminate|].
  intros H. typing H.
  assert (Ha : axis_of s a) by (unfold axis_of, rank in *; lia).
  unfold concatenate_shape in *.
  match goal with |- context [concatenated a ?l] => set (n := concatenated a l) in *; set (all := l) in * end.
  pose proof (set_axis_length s a n Ha) as Ls. cbn [fst snd]. splits.
  - unfold all; discriminate.
  - unfold axis_of in *. rewrite Ls. auto.
  - intros t Ht. rewrite forallb_forall in *. split; [|split]; cbn [fst snd].
    + apply elt_eqb_eq; auto.
    + specialize (H2 t Ht). apply andb_prop in H2 as [R E]. apply ieqb_eq in E.
      assert (Lt : length (snd t) = length s) by (apply Nat2Z.inj, Z.eqb_eq; exact R).
      assert (Ht' : axis_of (snd t) a) by (unfold axis_of in *; lia).
      rewrite set_axis_twice by auto. rewrite <- E, set_axis_twice, set_axis_same; auto.
    + apply Z.leb_le, (H1 t Ht).
  - rewrite znth_set_axis, Z.eqb_refl by (unfold axis_of, rank in *; lia). auto.
  - apply require_shape_ok; auto.
Qed.

(* ---- derivative ---- *)
Lemma concatenate_der a ats gs ds o : moves_all ats gs ds ->
  Der (fun s => sem_concatenate Rscal a ats (at_ gs s) o) (sem_concatenate Rscal a ats ds o).
Proof.
  revert gs ds o; induction ats as [|t ats IH]; intros gs ds o M.
  - cbn [sem_concatenate]. apply Der_const.
  - destruct gs as [|g gs]; [destruct M|]. destruct ds as [|d ds]; [destruct M|]. destruct M as [M1 M2].
    cbn [sem_concatenate at_ map]. destruct (znth o a <? znth (snd t) a)%Z.
    + apply (moves_float _ _ _ M1).
    + apply (IH gs ds _ M2).
Qed.
Lemma concatenate_deriv a : deriv_spec (Concatenate a) (jvp_concatenate a) (ok_concatenate a).
Proof.
  intros ats rt gs ds T F M _ i _. apply concatenate_typed in T as (Ne & _).
  unfold jvp_concatenate, linear_jvp.
  destruct ats as [|t ats]; [tauto|].
  destruct gs as [|g gs]; [destruct M|]. destruct ds as [|d ds]; [destruct M|].
  apply (concatenate_der a (t :: ats) (g :: gs) (d :: ds) i M).
Qed.
Lemma concatenate_const a : const_spec (Concatenate a) (ok_concatenate a).
Proof.
  apply integers_const. intros ats rt T F. apply concatenate_typed in T as (_ & _ & P & _).
  apply forallb_forall. intros t Ht. destruct (P t Ht) as [E _]. unfold tfloat in *. rewrite E, F; auto.
Qed.

(* ---- one operand: the elements start .. start + d - 1 along the axis ---- *)
Definition part_source (a start d : Z) (o : idx) : option idx :=
  if ((start <=? znth o a) && (znth o a <? start + d))%Z
  then Some (set_axis o a (znth o a - start)) else None.
Definition part_target (a start : Z) (i : idx) : idx := set_axis i a (znth i a + start).
Lemma part_mirrored a start so si : axis_of so a -> si = set_axis so a (znth si a) ->
  (0 <= start)%Z -> (start + znth si a <= znth so a)%Z ->
  mirrored so si (part_source a start (znth si a)) (fun i => Some (part_target a start i)).
Proof.
  intros Ha E H0 H1. set (d := znth si a) in *.
  assert (L : length si = length so) by (rewrite E; apply set_axis_length; auto).
  assert (Hi : axis_of si a) by (unfold axis_of in *; lia).
  assert (Eo : so = set_axis si a (znth so a)) by (rewrite E, set_axis_twice, set_axis_same; auto).
  split.
  - intros o i Ho S. pose proof (inb_length _ _ Ho) as Lo.
    assert (Hao : axis_of o a) by (unfold axis_of in *; lia). unfold part_source in S.
    destruct ((start <=? znth o a) && (znth o a <? start + d))%Z eqn:B; [|discriminate].
    injection S as <-. apply andb_prop in B as [B1 B2]. split.
    + rewrite E. apply inb_set_axis; auto; lia.
    + unfold part_target. rewrite set_axis_twice, znth_set_axis, Z.eqb_refl
        by (unfold axis_of, rank in *; auto; lia).
      replace (znth o a - start + start)%Z with (znth o a) by ring. rewrite set_axis_same; auto.
  - intros i o Hib S. injection S as <-. pose proof (inb_length _ _ Hib) as Lo.
    assert (Hai : axis_of i a) by (unfold axis_of in *; lia). pose proof (inb_at _ _ a Hib Hi) as B.
    fold d in B. unfold part_target. split.
    + rewrite Eo. apply inb_set_axis; auto. lia.
    + unfold part_source. rewrite !znth_set_axis, Z.eqb_refl by (unfold axis_of, rank in *; lia).
      rewrite (proj2 (Z.leb_le _ _)), (proj2 (Z.ltb_lt _ _)) by lia. simpl.
      rewrite set_axis_twice by auto. replace (znth i a + start - start)%Z with (znth i a) by ring.
      rewrite set_axis_same; auto.
Qed.
(* The slice of the cotangent reads there. *)
Lemma part_slice (a start : Z) (so : shape) i : axis_of so a -> length i = length so ->
  slice_source (set_axis (zeros so) a start) (ones so) i = part_target a start i.
Proof.
  intros Ha Li. assert (Hi : axis_of i a) by (unfold axis_of in *; lia).
  assert (Lz : length (zeros so) = length so) by apply map_length.
  assert (Lo : length (ones so) = length so) by apply map_length.
  assert (Hz : axis_of (zeros so) a) by (unfold axis_of in *; lia).
  assert (Lb : length (set_axis (zeros so) a start) = length i) by (rewrite set_axis_length; congruence).
  apply znth_ext.
  - rewrite slice_source_length by congruence. symmetry. apply set_axis_length; auto.
  - intros k Hk. unfold axis_of in Hk. rewrite slice_source_length in Hk by congruence.
    rewrite slice_source_znth by (auto; congruence). unfold part_target, ones, zeros in *.
    rewrite !znth_set_axis by (unfold axis_of, rank in *; lia).
    rewrite !znth_map by (unfold axis_of in *; lia).
    destruct (Z.eqb_spec k a); [subst|]; lia.
Qed.

(* From `start` on: the first operand's part, then the rest. *)
Definition from (a start : Z) (ats : list ty) (xs : list tensor) : tensor := fun o =>
  if (start <=? znth o a)%Z then sem_concatenate Rscal a ats xs (set_axis o a (znth o a - start)) else 0.
Lemma from_cons a start t ats x xs o : axis_of o a -> (0 <= znth (snd t) a)%Z ->
  from a start (t :: ats) (x :: xs) o
  = gather (part_source a start (znth (snd t) a)) x o + from a (start + znth (snd t) a) ats xs o.
Proof.
  intros Ha Hd. unfold from, gather, part_source. set (d := znth (snd t) a) in *.
  cbn [sem_concatenate]. change (znth (snd t) a) with d.
  rewrite znth_set_axis, Z.eqb_refl, set_axis_twice by (unfold axis_of, rank in *; auto; lia).
  replace (znth o a - start - d)%Z with (znth o a - (start + d))%Z by ring.
  destruct (Z.leb_spec start (znth o a)), (Z.ltb_spec (znth o a - start) d),
    (Z.ltb_spec (znth o a) (start + d)), (Z.leb_spec (start + d) (znth o a)); simpl;
    try lia; lra.
Qed.

(* ---- all operands ---- *)
Lemma concatenated_cons a t ats : concatenated a (t :: ats) = (znth (snd t) a + concatenated a ats)%Z.
Proof. reflexivity. Qed.
Lemma concatenated_nonneg a ats : (forall t, In t ats -> (0 <= znth (snd t) a)%Z) ->
  (0 <= concatenated a ats)%Z.
Proof.
  induction ats as [|t ats IH]; intros H. simpl; lia.
  rewrite concatenated_cons. apply Z.add_nonneg_nonneg; [apply H|apply IH; intros; apply H]; simpl; auto.
Qed.
Lemma concatenate_slices_correct a e so dy ct : axis_of so a ->
  forall ats needs ds start next (L : list tensor) tm outs,
  (forall t, In t ats -> part_of a (e, so) t) -> (0 <= start)%Z ->
  (start + concatenated a ats <= znth so a)%Z ->
  length L = next -> (ct < next)%nat -> nth ct L tz = dy ->
  length needs = length ats -> length ds = length ats -> still needs ds ->
  concatenate_slices a (e, so) ct next start needs ats = (tm, outs) ->
  pairing ats needs outs ds (teval tm L) = dotp so dy (from a start ats ds).
Proof.
  intros Ha. induction ats as [|t ats IH]; intros needs ds start next L tm outs P S0 S1 HL Hc Hy Ln Ld St E.
  - destruct needs, ds; try discriminate. injection E as <- <-. simpl. rewrite <- (dotp_tz_r so dy).
    apply dotp_ext; auto. intros i _. unfold from. destruct (start <=? znth i a)%Z; auto.
  - destruct needs as [|n needs], ds as [|d ds]; try discriminate. injection Ln as Ln. injection Ld as Ld.
    destruct (P t (or_introl eq_refl)) as (_ & Pt & Pd). cbn [snd] in Pt.
    set (si := snd t) in *. set (next' := if n then S next else next).
    assert (C0 : (0 <= concatenated a ats)%Z).
    { apply concatenated_nonneg. intros u Hu. apply (P u (or_intror Hu)). }
    rewrite concatenated_cons in S1. fold si in S1.
    assert (M : mirrored so si (part_source a start (znth si a)) (fun i => Some (part_target a start i)))
      by (apply part_mirrored; auto; lia).
    rewrite (dotp_ext so dy dy _
      (fun o => gather (part_source a start (znth si a)) d o + from a (start + znth si a) ats ds o)).
    2: auto. 2:{ intros o Ho. apply from_cons; auto. unfold axis_of in *. rewrite (inb_length _ _ Ho). auto. }
    rewrite dotp_plus_r, (gather_adjoint so si _ _ dy d M).
    cbn [concatenate_slices] in E. fold si next' in E.
    destruct (concatenate_slices a (e, so) ct next' (start + znth si a) needs ats) as [tm' outs'] eqn:E'.
    assert (IH' : forall L', length L' = next' -> nth ct L' tz = dy ->
      pairing ats needs outs' ds (teval tm' L') = dotp so dy (from a (start + znth si a) ats ds)).
    { intros L' HL' Hy'. apply (IH needs ds (start + znth si a)%Z next' L' tm' outs'); auto; try lia.
      - intros u Hu; apply P; simpl; auto.
      - unfold next'; destruct n; lia.
      - intros k Hk. apply (St (S k) Hk). }
    destruct n; injection E as <- <-; cbn [pairing]; fold si.
    + cbn [teval fold_left]. set (L' := tstep L _). fold (teval tm' L').
      assert (HL' : length L' = S (length L)) by (unfold L', tstep; rewrite app_length; simpl; lia).
      rewrite (IH' L'); [|unfold next'; congruence|unfold L', tstep; rewrite app_nth1; [auto|lia]].
      f_equal. apply dotp_ext; auto. intros i Hi. rewrite teval_nth by lia.
      unfold L'. rewrite <- HL, nth_tstep.
      cbn [t_op t_ats t_rty t_args map]. rewrite sem_slice_at by auto. cbn [snd].
      rewrite part_slice, Hy; auto. rewrite (inb_length _ _ Hi), Pt. apply set_axis_length; auto.
    + pose proof (St 0%nat eq_refl) as Z; simpl in Z; subst d. rewrite dotp_tz_r. f_equal. apply IH'; auto.
Qed.
(* dx_k = slice k of dy *)
Lemma concatenate_vjp_correct a : vjp_spec (Concatenate a) (jvp_concatenate a) (ok_concatenate a).
Proof.
  intros needs ats [e so] tm outs vs ds dy T _ V LN LV LD S _.
  apply concatenate_typed in T as (Ne & Ha & P & C & _). cbn [snd] in *.
  cbn [vjp] in V. unfold vjp_concatenate in V. injection V as V.
  rewrite (concatenate_slices_correct a e so dy (1 + length ats) Ha ats needs ds 0 (2 + length ats)
             (vs ++ [sem Rscal (Concatenate a) ats (e, so) vs; dy]) tm outs); auto; try lia.
  - apply dotp_ext; auto. intros o Ho. pose proof (inb_at _ _ a Ho Ha). unfold from.
    rewrite (proj2 (Z.leb_le _ _)), Z.sub_0_r, set_axis_same.
    + unfold jvp_concatenate, linear_jvp. destruct ats as [|t ats]; [tauto|]. reflexivity.
    + unfold axis_of in *. rewrite (inb_length _ _ Ho); auto.
    + lia.
  - rewrite app_length; simpl; lia.
  - rewrite app_nth2 by lia. replace (1 + length ats - length vs)%nat with 1%nat by lia. auto.
Qed.
