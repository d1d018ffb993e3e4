(* Slice and pad: gathers that mirror each other. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.Gather Ops.Pointwise Ops.TemplateProof.
Import ListNotations.
Open Scope R_scope.

Definition jvp_slice (start limit strides : list Z) : jvp_fun := linear_jvp (Slice start limit strides).
Definition jvp_pad (low high interior : list Z) : jvp_fun := linear_jvp (Pad low high interior).
Definition ok_slice (start limit strides : list Z) : ok_fun := everywhere.
Definition ok_pad (low high interior : list Z) : ok_fun := everywhere.

(* ---- values at an index within the result's shape ---- *)
Lemma sem_slice_at b l s t rt x o : inb (snd rt) o = true ->
  sem Rscal (Slice b l s) [t] rt [x] o = x (slice_source b s o).
Proof. apply sem_in. Qed.
Lemma sem_pad_at l h n t tv rt x v o : inb (snd rt) o = true ->
  sem Rscal (Pad l h n) [t; tv] rt [x; v] o = sem_pad l n (snd t) x v o.
Proof. apply sem_in. Qed.
(* Padding with zero is a gather. *)
Lemma sem_pad_zero low interior si (x v : tensor) o : v [] = 0 ->
  sem_pad low interior si x v o = gather (pad_source low interior si) x o.
Proof. intros H. unfold sem_pad, gather. destruct (pad_source low interior si o); auto. Qed.
Lemma sem_zero_of e : sem Rscal (Constant (e, []) [Dec 0 0]) [] (e, []) [] [] = 0.
Proof. apply (sem_constant_at (e, []) 0 [] (e, []) []). reflexivity. Qed.

(* ---- typing ---- *)
Lemma slice_typed start limit strides ats rt : infer (Slice start limit strides) ats = Some rt ->
  exists e si, ats = [(e, si)] /\ rt = (e, slice_shape start limit strides) /\
  slice_ok start limit strides si = true.
Proof.
  simpl. unfold infer_slice. intros H. destruct ats as [|[e si] [|]]; try discriminate.
  destruct (slice_ok _ _ _ _) eqn:E; try discriminate. inv H. exists e, si. auto.
Qed.
Lemma pad_ok_lengths low high interior si : pad_ok low high interior si = true ->
  length low = length si /\ length high = length si /\ length interior = length si /\
  shape_ok interior = true.
Proof.
  revert high interior si; induction low as [|l low IH]; intros [|h high] [|n interior] [|d si] H;
    cbn [pad_ok] in H; try discriminate; auto.
  apply andb_prop in H as [H H2]. rewrite !andb_true_iff in H. apply IH in H2 as (? & ? & ? & ?).
  simpl length. splits; auto. apply shape_ok_cons. split; auto. lia.
Qed.
Lemma pad_typed low high interior ats rt : infer (Pad low high interior) ats = Some rt ->
  exists e si, ats = [(e, si); (e, [])] /\ rt = (e, pad_shape low high interior si) /\
  length low = length si /\ length high = length si /\ length interior = length si /\
  shape_ok interior = true /\ shape_ok (pad_shape low high interior si) = true.
Proof.
  simpl. unfold infer_pad. intros H. destruct ats as [|[e si] [|[e' sv] [|]]]; try discriminate. typing H.
  match goal with E : pad_ok _ _ _ _ = true |- _ => apply pad_ok_lengths in E as (? & ? & ? & ?) end.
  exists e', si. splits; auto. apply require_shape_ok; auto.
Qed.
Lemma pad_shape_length low high interior si :
  length low = length si -> length high = length si -> length interior = length si ->
  length (pad_shape low high interior si) = length si.
Proof.
  revert high interior si; induction low as [|l low IH]; intros [|h high] [|n interior] [|d si] H1 H2 H3;
    simpl in *; try discriminate; auto.
Qed.

(* ---- slice ---- *)
Lemma slice_deriv b l s : deriv_spec (Slice b l s) (jvp_slice b l s) (ok_slice b l s).
Proof.
  apply (moved_deriv _ (fun _ _ => slice_source b s)); auto.
  intros ats rt T. apply slice_typed in T as (e & si & -> & _); eauto.
Qed.
Lemma slice_const b l s : const_spec (Slice b l s) (ok_slice b l s).
Proof.
  apply same_element_const. intros ats rt T. apply slice_typed in T as (e & si & -> & -> & _); eauto.
Qed.

Lemma slice_strides start limit strides si : slice_ok start limit strides si = true ->
  map (Z.add 1) (map (fun s => (s - 1)%Z) strides) = strides /\
  shape_ok (map (fun s => (s - 1)%Z) strides) = true.
Proof.
  revert limit strides si; induction start as [|b start IH]; intros [|l limit] [|s strides] [|d si] H;
    cbn [slice_ok] in H; try discriminate; auto.
  apply andb_prop in H as [H H2]. apply IH in H2 as [E W]. cbn [map]. rewrite E, shape_ok_cons.
  apply andb_prop in H as [_ H]. splits; auto; [f_equal|]; lia.
Qed.
(* A slice and the pad with interior strides - 1 are mirror images. *)
Lemma slice_mirrored start limit strides si : slice_ok start limit strides si = true ->
  mirrored (slice_shape start limit strides) si (fun o => Some (slice_source start strides o))
    (pad_source start (map (fun s => (s - 1)%Z) strides) (slice_shape start limit strides)).
Proof.
  intros W. destruct (slice_strides _ _ _ _ W) as [E W'].
  destruct (slice_ok_lengths _ _ _ _ W) as (L1 & L2 & L3).
  pose proof (slice_shape_length _ _ _ _ W) as L.
  assert (P : forall o i, inb si i = true ->
    pad_source start (map (fun s => (s - 1)%Z) strides) (slice_shape start limit strides) i = Some o <->
    inb (slice_shape start limit strides) o = true /\ slice_source start strides o = i).
  { intros o i Hi. rewrite pad_source_some; rewrite ?map_length; try congruence.
    rewrite E; tauto. rewrite (inb_length _ _ Hi); auto. }
  split.
  - intros o i Ho Hs. injection Hs as <-. assert (inb si (slice_source start strides o) = true)
      by (eapply slice_source_inb; eauto). split; auto. apply P; auto.
  - intros i o Hi Hp. apply P in Hp as [? <-]; auto.
Qed.
(* dx = pad dy with zeros *)
Lemma slice_vjp_correct b l s : vjp_spec (Slice b l s) (jvp_slice b l s) (ok_slice b l s).
Proof.
  apply one_operand_vjp.
  { intros ats rt T. apply slice_typed in T as (e & si & -> & _); eauto. }
  intros needs t rt tm outs x d dy T _ V _. apply slice_typed in T as (e & si & E & -> & W). inv E.
  simpl in V; inv V. exists 4%nat; split; auto. symmetry. simpl.
  change (jvp_slice b l s [(e, si)] (e, slice_shape b l s) [x] [d])
    with (gather (fun o => Some (slice_source b s o)) d).
  rewrite (gather_adjoint _ si _ _ dy d (slice_mirrored _ _ _ _ W)).
  apply dotp_ext; auto. intros i Hi. rewrite sem_pad_at by auto. symmetry. apply sem_pad_zero, sem_zero_of.
Qed.

(* ---- pad ---- *)
(* An element of the result moves with the operand's element there, or with the padding value. *)
Lemma pad_deriv l h n : deriv_spec (Pad l h n) (jvp_pad l h n) (ok_pad l h n).
Proof.
  intros ats rt gs ds T F M _ i _. apply pad_typed in T as (e & si & -> & _).
  destruct gs as [|g [|gv [|]]], ds as [|d [|dv [|]]]; simpl in M; try tauto. destruct M as (M & Mv & _).
  unfold jvp_pad, linear_jvp; simpl. unfold sem_pad.
  destruct (pad_source l n si i) as [j|]; [apply (moves_float _ _ _ M)|apply (moves_float _ _ _ Mv)].
Qed.
Lemma pad_const l h n : const_spec (Pad l h n) (ok_pad l h n).
Proof.
  apply integers_const. intros ats rt T F. apply pad_typed in T as (e & si & -> & -> & _).
  unfold integers, tfloat in *; simpl in *. rewrite F; auto.
Qed.

(* Where the cotangent's contribution to operand element i comes from: low + i * (interior + 1). *)
Definition unpad_source (low interior : list Z) (so : shape) (i : idx) : option idx :=
  pad_source (map Z.opp low) (zeros interior) so (slice_source (zeros interior) (map (Z.add 1) interior) i).
(* o - low = i * (interior + 1) *)
Lemma unpad_equation low interior i o : length low = length i -> length interior = length i ->
  length o = length i ->
  slice_source (map Z.opp low) (map (Z.add 1) (zeros interior)) o
  = slice_source (zeros interior) (map (Z.add 1) interior) i <->
  slice_source low (map (Z.add 1) interior) i = o.
Proof.
  revert interior i o; induction low as [|l low IH]; intros [|n interior] [|z i] [|y o] L1 L2 L3;
    simpl in L1, L2, L3; try discriminate. simpl; tauto.
  cbn [zeros map slice_source].
  specialize (IH interior i o ltac:(lia) ltac:(lia) ltac:(lia)). split; intros H.
  - apply cons_eq in H as [H1 H2]. f_equal; [lia|]. apply IH; auto.
  - apply cons_eq in H as [H1 H2]. f_equal; [lia|]. apply IH; auto.
Qed.
Lemma zeros_ok (l : list Z) : shape_ok (zeros l) = true.
Proof. induction l; auto. Qed.
Lemma pad_mirrored low high interior si so :
  length low = length si -> length interior = length si -> length so = length si ->
  shape_ok interior = true -> so = pad_shape low high interior si ->
  mirrored so si (pad_source low interior si) (unpad_source low interior so).
Proof.
  intros L1 L2 L3 W E.
  assert (U : forall i o, inb si i = true -> unpad_source low interior so i = Some o <->
    inb so o = true /\ slice_source low (map (Z.add 1) interior) i = o).
  { intros i o Hi. pose proof (inb_length _ _ Hi) as Li.
    assert (Lz : length (zeros interior) = length i) by (unfold zeros; rewrite map_length; congruence).
    unfold unpad_source. rewrite pad_source_some; rewrite ?slice_source_length; rewrite ?map_length;
      try apply zeros_ok; try congruence.
    split; intros [Ho Q]; split; auto; apply (unpad_equation low interior i o); auto; try congruence;
      rewrite (inb_length _ _ Ho); congruence. }
  split.
  - intros o i Ho P. apply pad_source_some in P as [Hi P]; auto.
    + split; auto. apply U; auto.
    + rewrite (inb_length _ _ Ho); auto.
  - intros i o Hi P. apply U in P as [Ho P]; auto. split; auto. apply pad_source_some; auto.
    rewrite (inb_length _ _ Ho); auto.
Qed.
(* Without interior padding the steps are 1, without edges the cotangent is read in place. *)
Lemma any_nonzero_zeros l : any_nonzero l = false -> l = zeros l.
Proof.
  unfold any_nonzero. induction l as [|v l IH]; simpl; intros H; auto. apply orb_false_iff in H as [H1 H2].
  rewrite <- IH by auto. f_equal. apply negb_false_iff in H1; lia.
Qed.
Lemma slice_source_whole (l : list Z) i : length l = length i ->
  slice_source (zeros l) (map (Z.add 1) (zeros l)) i = i.
Proof.
  revert i; induction l as [|v l IH]; intros [|z i] L; simpl in L; try discriminate; auto.
  cbn [zeros map slice_source]. f_equal; [ring|]. apply IH; auto.
Qed.
Lemma map_opp_zeros (l : list Z) : map Z.opp (zeros l) = zeros l.
Proof. unfold zeros. rewrite map_map. auto. Qed.
Lemma zeros_length (l m : list Z) : length l = length m -> zeros l = zeros m.
Proof.
  revert m; induction l; destruct m; simpl; intros; try discriminate; auto. f_equal. apply IHl; auto.
Qed.
Lemma pad_source_whole (l : list Z) so z : length l = length so -> inb so z = true ->
  pad_source (zeros l) (zeros l) so z = Some z.
Proof.
  intros L H. apply pad_source_some; rewrite ?(inb_length _ _ H); unfold zeros; rewrite ?map_length; auto.
  apply zeros_ok. split; auto. apply slice_source_whole. rewrite (inb_length _ _ H); auto.
Qed.
(* The operand's shape with the interior padding alone. *)
Definition interior_shape (si : shape) (interior : list Z) : shape :=
  map (fun p => with_interior (fst p) (snd p)) (combine si interior).
Lemma interior_shape_none (l : list Z) si : length l = length si -> interior_shape si (zeros l) = si.
Proof.
  revert l; induction si as [|d si IH]; intros [|v l] L; simpl in L; try discriminate; auto.
  unfold interior_shape in *. cbn [zeros map combine].
  f_equal; [cbn [fst snd]; unfold with_interior; ring|]. apply IH; auto.
Qed.
Lemma pad_shape_no_edges (l m : list Z) si interior : length l = length si -> length m = length si ->
  length interior = length si -> pad_shape (zeros l) (zeros m) interior si = interior_shape si interior.
Proof.
  revert l m interior; induction si as [|d si IH]; intros [|v l] [|w m] [|n interior] L1 L2 L3;
    simpl in L1, L2, L3; try discriminate; auto.
  unfold interior_shape in *. cbn [zeros map combine pad_shape].
  f_equal; [cbn [fst snd]; ring|]. apply IH; auto.
Qed.
Lemma interior_inb si interior i : length interior = length si -> shape_ok interior = true ->
  inb si i = true ->
  inb (interior_shape si interior) (slice_source (zeros interior) (map (Z.add 1) interior) i) = true.
Proof.
  revert interior i; induction si as [|d si IH]; intros [|n interior] [|z i] L W H; simpl in L;
    try discriminate; auto.
  apply shape_ok_cons in W as [Wn W]. apply inb_cons in H as [Hz H].
  unfold interior_shape in *. cbn [zeros map combine slice_source]. apply inb_cons. split.
  - unfold with_interior; simpl fst; simpl snd. nia.
  - apply IH; auto.
Qed.

(* The two steps back leave, for the operand, the gather of the cotangent. *)
Lemma pad_back_leaves low high interior e si so L dy : length L = 4%nat -> nth 3 L tz = dy ->
  length low = length si -> length high = length si -> length interior = length si ->
  shape_ok interior = true -> so = pad_shape low high interior si ->
  leaves (pad_back low high interior e si (e, so)) si L (gather (unpad_source low interior so) dy).
Proof.
  intros L4 Hy L1 L2 L3 W E. destruct L as [|x0 [|x1 [|x2 [|y [|]]]]]; try discriminate. simpl in Hy; subst y.
  assert (Ls : length so = length si) by (subst so; apply pad_shape_length; auto).
  unfold pad_back. fold (interior_shape si interior).
  assert (B : forall i, inb si i = true ->
    inb (interior_shape si interior) (slice_source (zeros interior) (map (Z.add 1) interior) i) = true)
    by (intros; apply interior_inb; auto).
  assert (NoInterior : any_nonzero interior = false -> forall i, inb si i = true ->
    slice_source (zeros interior) (map (Z.add 1) interior) i = i).
  { intros Z i Hi. rewrite (any_nonzero_zeros _ Z) at 2. apply slice_source_whole.
    rewrite (inb_length _ _ Hi); auto. }
  assert (NoEdges : (any_nonzero low || any_nonzero high)%bool = false -> so = interior_shape si interior /\
    forall z, inb so z = true -> pad_source (map Z.opp low) (zeros interior) so z = Some z).
  { intros Z. apply orb_false_iff in Z as [Z1 Z2].
    assert (Zl : map Z.opp low = zeros interior).
    { rewrite (any_nonzero_zeros _ Z1), map_opp_zeros. apply zeros_length; congruence. }
    split. rewrite E, (any_nonzero_zeros _ Z1), (any_nonzero_zeros _ Z2). apply pad_shape_no_edges; auto.
    intros z Hz. rewrite Zl. apply pad_source_whole; congruence. }
  destruct (any_nonzero low || any_nonzero high)%bool; destruct (any_nonzero interior);
    split; simpl; try lia; intros i Hi; specialize (B i Hi).
  - rewrite sem_slice_at, sem_pad_at, sem_pad_zero by (auto; apply sem_zero_of). reflexivity.
  - specialize (NoInterior eq_refl i Hi). unfold gather, unpad_source. rewrite NoInterior in *.
    rewrite sem_pad_at, sem_pad_zero by (auto; apply sem_zero_of). reflexivity.
  - destruct (NoEdges eq_refl) as [Es Ep]. rewrite sem_slice_at by auto.
    unfold gather, unpad_source. rewrite Ep; auto. rewrite Es; auto.
  - destruct (NoEdges eq_refl) as [Es Ep]. specialize (NoInterior eq_refl i Hi).
    unfold gather, unpad_source. rewrite NoInterior in *. rewrite Ep; auto. rewrite Es; auto.
Qed.


(* Over all axes: the sum of all elements. *)
Lemma sum_all si e x : sem Rscal (Reduce RAdd (zseq (rank si))) [(e, si)] (e, []) [x] [] = Sum x (indices si).
Proof.
  rewrite sem_sum_at by auto. unfold sum_over, linapp. apply sum_ext; intros i _. simpl.
  rewrite other_axes_all. reflexivity.
Qed.
(* The elements without a source: the sum of all less the sum of those that have one. *)
Lemma gather_rest so si src inv dy : mirrored so si src inv ->
  Sum (fun o => match src o with Some _ => 0 | None => dy o end) (indices so)
  = Sum dy (indices so) - Sum (gather inv dy) (indices si).
Proof.
  intros M. pose proof (gather_adjoint so si src inv dy (fun _ => 1) M) as A. unfold dotp in A.
  rewrite (sum_ext _ (gather inv dy) (indices si)) in A by (intros; lra). rewrite <- A.
  unfold Rminus. rewrite <- sum_opp, <- sum_plus. apply sum_ext; intros o _. unfold gather.
  destruct (src o); lra.
Qed.
(* <dy, pad dx dv> = <gather back dy, dx> + (the rest of dy) dv *)
Lemma pad_adjoint so low interior si inv dy dx dv : mirrored so si (pad_source low interior si) inv ->
  dotp so dy (sem_pad low interior si dx dv)
  = dotp si (gather inv dy) dx + (Sum dy (indices so) - Sum (gather inv dy) (indices si)) * dv [].
Proof.
  intros M. rewrite <- (gather_rest so si _ _ dy M), <- (gather_adjoint so si _ _ dy dx M), <- sum_scal_r.
  unfold dotp. rewrite <- sum_plus. apply sum_ext; intros o _. unfold sem_pad, gather.
  destruct (pad_source low interior si o); lra.
Qed.
Lemma nth_behind (E l : list tensor) j : nth (j + length E) (E ++ l) tz = nth j l tz.
Proof. rewrite app_nth2 by lia. f_equal. lia. Qed.
(* After instructions tp that left dx at place k: sum dy - sum dx. *)
Lemma rest_instructions tp k e si so (L : list tensor) dy : length L = 4%nat -> nth 3 L tz = dy ->
  (k < 4 + length tp)%nat ->
  let m := (4 + length tp)%nat in
  let tm := tp ++ pad_rest e si so k m in
  nth k (teval tm L) tz = nth k (teval tp L) tz /\
  nth (S (S m)) (teval tm L) tz [] = Sum dy (indices so) - Sum (nth k (teval tp L) tz) (indices si).
Proof.
  intros L4 Hy Hk m tm. unfold tm. rewrite teval_app.
  assert (H3 : nth 3 (teval tp L) tz = dy) by (rewrite teval_nth; auto; lia).
  assert (Hm : length (teval tp L) = m) by (rewrite teval_length, L4; auto).
  set (E := teval tp L) in *. clearbody E. split.
  - apply teval_nth. lia.
  - unfold teval, pad_rest, tstep. cbn [fold_left t_op t_args t_ats t_rty map].
    rewrite <- !app_assoc. cbn [app].
    rewrite <- Hm in *. pose proof (fun l => nth_behind E l 0) as N0.
    pose proof (fun l => nth_behind E l 1) as N1. pose proof (fun l => nth_behind E l 2) as N2.
    simpl plus in N0, N1, N2. rewrite N0, N1, N2. cbn [nth].
    rewrite (app_nth1 E _ tz (n := k)) by lia.
    rewrite sem_binary_at by auto. rewrite !sum_all, H3. reflexivity.
Qed.
(* dx = slice (pad dy), dv = sum dy - sum dx *)
Lemma pad_vjp_correct l h n : vjp_spec (Pad l h n) (jvp_pad l h n) (ok_pad l h n).
Proof.
  intros needs ats rt tm outs vs ds dy T _ V LN LV LD S _.
  apply pad_typed in T as (e & si & -> & -> & L1 & L2 & L3 & W & _).
  destruct needs as [|n0 [|n1 [|]]], vs as [|x [|v [|]]], ds as [|dx [|dv [|]]]; try discriminate.
  set (so := pad_shape l h n si) in *.
  assert (M : mirrored so si (pad_source l n si) (unpad_source l n so))
    by (apply (pad_mirrored l h); auto; apply pad_shape_length; auto).
  change (jvp_pad l h n [(e, si); (e, [])] (e, so) [x; v] [dx; dv]) with (sem_pad l n si dx dv).
  simpl snd. rewrite (pad_adjoint _ _ _ _ _ dy dx dv M).
  set (L := [x; v] ++ [sem Rscal (Pad l h n) [(e, si); (e, [])] (e, so) [x; v]; dy]).
  pose proof (pad_back_leaves l h n e si so L dy eq_refl eq_refl L1 L2 L3 W eq_refl) as B.
  assert (S0 : n0 = false -> dx = tz) by (intros ->; apply (S 0%nat eq_refl)).
  assert (S1 : n1 = false -> dv = tz) by (intros ->; apply (S 1%nat eq_refl)).
  cbn [vjp vjp_pad] in V. destruct (pad_back l h n e si (e, so)) as [tp k]. destruct B as [Hk B].
  cbn [fst snd] in Hk, B.
  assert (Bd : dotp si (nth k (teval tp L) tz) dx
    = dotp si (gather (unpad_source l n so) dy) dx)
    by (apply dotp_ext; auto).
  destruct n1.
  2:{ rewrite (S1 eq_refl). destruct n0; simpl in V; inv V; cbn [pairing fst snd].
      - rewrite Bd. unfold tz. ring.
      - rewrite (S0 eq_refl), dotp_tz_r. unfold tz. ring. }
  rewrite andb_false_r in V. simpl negb in V. cbv iota in V.
  destruct (rest_instructions tp k e si so L dy eq_refl eq_refl Hk) as [Rk Rm].
  assert (E : forall X (a b : X), Some a = Some b -> a = b) by congruence. apply E in V. clear E.
  apply pair_equal_spec in V as [<- <-]. cbn [pairing snd].
  rewrite dotp_scalar, Rm.
  rewrite (sum_ext (nth k (teval tp L) tz) (gather (unpad_source l n so) dy))
    by (intros i Hi; apply B, in_indices; auto).
  destruct n0; [rewrite Rk, Bd|rewrite (S0 eq_refl), dotp_tz_r]; ring.
Qed.
