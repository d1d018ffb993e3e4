(* What the pads and slices of pooling's templates make, and sums over what a pad moved. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve Ops.Builder
  Ops.BuilderProof Ops.WindowIndex.
Import ListNotations.
Open Scope R_scope.

Lemma decimal_zero : sem_decimal Rscal dzero = 0.
Proof. simpl. lra. Qed.
Lemma decimal_one : sem_decimal Rscal done = 1.
Proof. simpl. lra. Qed.

(* A pad moves element o to its target: at p it is the sum over what lands there. *)
Definition spread (low interior : list Z) (s : shape) (x : tensor) (filling : R) : tensor := fun p =>
  match pad_source low interior s p with Some o => x o | None => filling end.
Lemma spread_sum low interior s x p : pads low interior s -> length p = length s ->
  spread low interior s x 0 p
  = Sum (fun o => if ieqb (pad_target low interior o) p then x o else 0) (indices s).
Proof.
  intros P L. unfold spread. pose proof (pad_source_iff low interior s p) as I.
  destruct (pad_source low interior s p) as [o|].
  - destruct (proj1 (I o P L) eq_refl) as [Ho E].
    rewrite <- (sum_delta ieqb ieqb_eq x (indices s) o); [|apply NoDup_indices|apply in_indices; auto].
    apply sum_ext; intros o' Ho'. apply in_indices in Ho'.
    replace (ieqb (pad_target low interior o') p) with (ieqb o' o); auto.
    apply eq_true_iff_eq. rewrite !ieqb_eq. split; [intros ->; auto|]. intros E'.
    pose proof (proj2 (I o' P L) (conj Ho' E')) as Q. congruence.
  - symmetry. rewrite (sum_ext _ (fun _ => 0)). apply sum_0. intros o Ho. apply in_indices in Ho.
    destruct (ieqb (pad_target low interior o) p) eqn:E; auto. apply ieqb_eq in E.
    pose proof (proj2 (I o P L) (conj Ho E)). discriminate.
Qed.
Lemma spread_all low interior s x f i : pads low interior s -> allz low 0 = true -> allz interior 0 = true ->
  inb s i = true -> spread low interior s x f i = x i.
Proof.
  intros P A1 A2 Hi. pose proof (inb_length _ _ Hi) as L. destruct P as (P1 & P2 & P3). unfold spread.
  rewrite (proj2 (pad_source_iff low interior s i i (conj P1 (conj P2 P3)) L)); auto.
  split; auto. apply pad_target_zeros; auto; congruence.
Qed.
(* Summing it over some of the padded positions is summing x over what lands there. *)
Lemma sum_spread low interior s E (W : idx -> bool) x : pads low interior s -> length E = length s ->
  Sum (fun p => if W p then spread low interior s x 0 p else 0) (indices E)
  = Sum (fun o => let p := pad_target low interior o in if inb E p && W p then x o else 0) (indices s).
Proof.
  intros P L.
  transitivity (Sum (fun p => Sum (fun o => if ieqb p (pad_target low interior o)
                                            then (if W p then x o else 0) else 0) (indices s)) (indices E)).
  - apply sum_ext; intros p Hp. apply in_indices in Hp.
    rewrite spread_sum by (auto; rewrite (inb_length _ _ Hp); auto).
    destruct (W p).
    + apply sum_ext; intros o _.
      replace (ieqb p (pad_target low interior o)) with (ieqb (pad_target low interior o) p); auto.
      apply eq_true_iff_eq. rewrite !ieqb_eq. split; congruence.
    + symmetry. rewrite (sum_ext _ (fun _ => 0)). apply sum_0. intros o _. destruct ieqb; auto.
  - rewrite fubini. apply sum_ext; intros o _. simpl. set (p := pad_target low interior o).
    destruct (inb E p) eqn:I; simpl.
    + apply (sum_delta ieqb ieqb_eq (fun q => if W q then x o else 0));
        [apply NoDup_indices|apply in_indices; auto].
    + rewrite (sum_ext _ (fun _ => 0)). apply sum_0. intros q Hq. apply in_indices in Hq.
      destruct (ieqb q p) eqn:E'; auto. apply ieqb_eq in E'. congruence.
Qed.

Lemma makes_pad L v x d low high interior e s : holds L v x -> snd v = (e, s) ->
  pads low interior s -> length high = length s ->
  makes (emit_pad v d low high interior) L (e, padded_shape low high interior s)
    (spread low interior s x (sem_decimal Rscal d)).
Proof.
  intros H T P LH. unfold emit_pad, vshape. rewrite T; simpl.
  destruct (pads_nothing low high interior) eqn:A.
  - unfold pads_nothing in A. apply andb_prop in A as [A A3].
    apply andb_prop in A as [A1 A2]. apply makes_ret.
    + rewrite T. destruct P as (P1 & P2 & _). rewrite padded_shape_zeros; auto.
    + apply holds_ext with x; auto. unfold vshape; rewrite T; simpl. intros i Hi. symmetry.
      apply spread_all; auto.
  - eapply makes_bind. apply makes_constant. intros f L' X Tf Hf. eapply makes_ext; [|apply makes_emit].
    simpl. intros p Hp. rewrite T. simpl. unfold sem_pad, spread.
    destruct (pad_source low interior s p) as [o|] eqn:E.
    + apply (holds_at L' v x s); auto. apply holds_extends with L; auto. unfold vshape; rewrite T; auto.
      apply pad_source_iff in E; auto. tauto. apply inb_length in Hp.
      revert Hp. clear - P LH. destruct P as (P1 & P2 & _). revert low high interior p P1 LH P2.
      induction s as [|a s IH]; intros [|? low] [|? high] [|? interior] [|? p]; simpl; intros;
        try discriminate; auto.
      f_equal. apply (IH low high interior); auto.
    + apply (holds_at L' f (fun _ => sem_decimal Rscal d) []); auto. unfold vshape; rewrite Tf; auto.
Qed.
(* A slice to shape s. If it is everything then s is the operand's shape. *)
Lemma makes_slice L v x start limit strides e s0 s : holds L v x -> snd v = (e, s0) ->
  length start = length s -> length strides = length s ->
  (forall o, inb s o = true -> inb s0 (slice_source start strides o) = true) ->
  (allz start 0 = true -> limit = s0 -> allz strides 1 = true -> s0 = s) ->
  makes (emit_slice v start limit strides s) L (e, s) (fun o => x (slice_source start strides o)).
Proof.
  intros H T L1 L2 B A. unfold emit_slice, vshape. rewrite T; simpl.
  destruct (allz start 0 && ieqb limit s0 && allz strides 1) eqn:E.
  - apply andb_prop in E as [E E3]. apply andb_prop in E as [E1 E2]. apply ieqb_eq in E2.
    pose proof (A E1 E2 E3) as E. apply makes_ret. rewrite T, E; auto. apply holds_ext with x; auto.
    unfold vshape; rewrite T; simpl. intros i Hi. apply inb_length in Hi.
    rewrite slice_source_all; auto; congruence.
  - eapply makes_ext; [|apply makes_emit]. simpl. intros o Ho. unfold sem_slice.
    apply (holds_at L v x s0); auto. unfold vshape; rewrite T; auto.
Qed.
(* The slice of a pad takes what the operand's elements were put to. *)
Lemma makes_unpadded l L v y e : Forall slides l -> holds L v y -> snd v = (e, map padded_extent l) ->
  makes (emit_unpadded l v) L (e, map d_input l) (fun i =>
    let p := pad_target (map d_low l) (map (fun s => (d_base s - 1)%Z) l) i in
    if inb (map padded_extent l) p then y p else 0).
Proof.
  intros S H Tv. unfold emit_unpadded.
  assert (P : pads (map (fun s => (- d_low s)%Z) l) (map (fun _ => 0%Z) l) (map padded_extent l)).
  { unfold pads. rewrite !map_length. split; [|split]; auto. apply Forall_forall. intros n Hn.
    apply in_map_iff in Hn as (s & <- & _). lia. }
  eapply makes_bind; [apply (makes_pad L v y dzero _ _ _ e _ H Tv P); rewrite !map_length; auto|].
  rewrite unpadded_shape. intros u L' X Tu Hu.
  eapply makes_ext; [|eapply (makes_slice L' u _ _ _ _ e _ (map d_input l) Hu Tu)].
  - intros i Hi. cbn [snd] in Hi. rewrite decimal_zero. set (q := slice_source _ _ i).
    assert (Li : length i = length l) by (apply inb_length in Hi; rewrite map_length in Hi; auto).
    assert (Lq : length q = length (map padded_extent l)).
    { pose proof (unpadded_inb l i S Hi) as Q. apply inb_length in Q.
      unfold q. rewrite Q, !map_length; auto. }
    unfold spread. set (p := pad_target (map d_low l) _ i).
    assert (I : forall o, pad_source (map (fun s => (- d_low s)%Z) l) (map (fun _ => 0%Z) l)
                            (map padded_extent l) q = Some o <-> inb (map padded_extent l) o = true /\ o = p).
    { intros o. rewrite (pad_source_iff _ _ _ q o P Lq). split; intros [I E]; split; auto;
        apply unpadded_target; auto; apply inb_length in I; rewrite map_length in I; auto. }
    destruct (inb (map padded_extent l) p) eqn:E.
    + rewrite (proj2 (I p)); auto.
    + destruct (pad_source _ _ _ _) as [o|]; auto. destruct (proj1 (I o) eq_refl) as [I1 ->]. congruence.
  - rewrite !map_length; auto.
  - rewrite !map_length; auto.
  - intros i Hi. apply unpadded_inb; auto.
  - intros _ _. apply unpadded_all.
Qed.
