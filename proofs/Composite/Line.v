(* The lines of a tensor along one axis: the group of the indices that agree on every other axis. Summing a
   line, and reducing the axis and broadcasting the result back, are a group's sum. *)
From Coq Require Import Reals ZArith List Bool Lia Lra Permutation.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve
  Composite.Group.
Import ListNotations.
Open Scope Z_scope.

Definition off_axis (s : shape) (a : Z) : idx -> idx := pick (other_axes (rank s) [a]).
Lemma off_axis_eq s a i j : off_axis s a i = off_axis s a j <->
  forall k, 0 <= k < rank s -> k <> a -> znth i k = znth j k.
Proof.
  unfold off_axis. rewrite pick_eq. split; intros H k.
  - intros. apply H, in_other_axes. simpl. intuition lia.
  - rewrite in_other_axes. simpl. intros [? N]. apply H; auto.
Qed.

(* j is on i's line iff it agrees with i off the axis. *)
Lemma in_line s a i j : 0 <= a < rank s -> inb s i = true ->
  In j (line s a i) <-> inb s j = true /\ off_axis s a j = off_axis s a i.
Proof.
  intros Ha Hi. pose proof (inb_rank _ _ Hi) as Ri. unfold line. rewrite in_map_iff, off_axis_eq. split.
  - intros (v & <- & Hv). apply in_zseq in Hv. split.
    + apply inb_iff. rewrite rank_set_axis by lia. split; auto. intros k Hk.
      rewrite znth_set_axis by lia. destruct (Z.eqb_spec k a) as [->|]; auto. apply inb_at; auto.
    + intros k Hk N. rewrite znth_set_axis by lia. rewrite (proj2 (Z.eqb_neq k a) N). auto.
  - intros [Hj E]. exists (znth j a). split.
    + apply znth_ext. apply Nat2Z.inj. fold (rank (set_axis i a (znth j a))) (rank j).
      rewrite rank_set_axis, (inb_rank _ _ Hj); lia. intros k Hk. unfold axis_of in Hk.
      fold (rank (set_axis i a (znth j a))) in Hk. rewrite rank_set_axis in Hk by lia.
      rewrite znth_set_axis by lia. destruct (Z.eqb_spec k a) as [->|]; auto. symmetry; apply E; lia.
    + apply in_zseq, inb_at; auto.
Qed.
Lemma NoDup_line s a i : 0 <= a < rank i -> NoDup (line s a i).
Proof.
  intros Ha. apply FinFun.Injective_map_NoDup; [|apply NoDup_zseq]. intros v w E.
  assert (H : znth (set_axis i a v) a = znth (set_axis i a w) a) by congruence.
  rewrite !znth_set_axis, Z.eqb_refl in H by lia. auto.
Qed.

Open Scope R_scope.

(* Sum over the line = sum over the group. *)
Lemma line_group s a x i : (0 <= a < rank s)%Z -> inb s i = true ->
  Sum x (line s a i) = group_sum s (off_axis s a) x i.
Proof.
  intros Ha Hi. unfold group_sum, linapp. rewrite <- sum_filter. apply sum_perm. apply NoDup_Permutation.
  - apply NoDup_line. rewrite (inb_rank _ _ Hi); auto.
  - apply NoDup_filter, NoDup_indices.
  - intros j. rewrite in_line, filter_In, in_indices, same_group_iff by auto. intuition.
Qed.
(* A reduction by addition at o = the sum over the group whose key is o. *)
Lemma reduce_group_sum s a x i :
  sem_reduce Rscal RAdd [a] s x (off_axis s a i) = group_sum s (off_axis s a) x i.
Proof.
  unfold sem_reduce, sem_reduction, reduce_group, group_sum, linapp. rewrite sum_filter. reflexivity.
Qed.

(* Broadcasting along the axis reads, at i, what i's line was reduced to. *)
Lemma broadcast_source_line s a i : inb s i = true ->
  broadcast_source (off_axis s a s) (other_axes (rank s) [a]) i = off_axis s a i.
Proof.
  intros Hi. unfold broadcast_source, off_axis, pick.
  assert (H : forall D, (forall k, In k D -> (0 <= k < rank s)%Z) ->
    map (fun p => if (fst p =? 1)%Z then 0%Z else znth i (snd p)) (combine (map (znth s) D) D)
    = map (znth i) D).
  { induction D as [|k D IH]; simpl; intros HD; auto. rewrite IH by auto. f_equal.
    destruct (Z.eqb_spec (znth s k) 1); auto.
    pose proof (inb_at s i k Hi (HD k (or_introl eq_refl))). lia. }
  apply H. intros k Hk. apply in_other_axes in Hk; tauto.
Qed.
Lemma inb_off_axis s a i : inb s i = true -> inb (off_axis s a s) (off_axis s a i) = true.
Proof. intros. apply inb_pick; auto. intros k Hk. apply in_other_axes in Hk; tauto. Qed.

(* The values of the two instructions: reduced, and broadcast back. *)
Lemma sem_broadcast_line t a r i : inb (snd t) i = true ->
  sem Rscal (broadcast_line (snd t) a) [line_ty t a] t [r] i = r (off_axis (snd t) a i).
Proof.
  intros Hi. rewrite sem_in by auto. simpl. unfold line_ty; simpl.
  fold (off_axis (snd t) a). rewrite broadcast_source_line; auto.
Qed.
Lemma sem_reduce_line k t a v i : inb (snd t) i = true ->
  sem Rscal (Reduce k [a]) [t] (line_ty t a) [v] (off_axis (snd t) a i)
  = sem_reduce Rscal k [a] (snd t) v (off_axis (snd t) a i).
Proof. intros Hi. rewrite sem_in. reflexivity. apply inb_off_axis; auto. Qed.
Lemma sem_line_sum t a v i : inb (snd t) i = true ->
  sem Rscal (broadcast_line (snd t) a) [line_ty t a] t [sem Rscal (Reduce RAdd [a]) [t] (line_ty t a) [v]] i
  = group_sum (snd t) (off_axis (snd t) a) v i.
Proof. intros Hi. rewrite sem_broadcast_line, sem_reduce_line, reduce_group_sum by auto. auto. Qed.

(* The values of elementwise instructions. *)
Section Elementwise.
Variables (t : ty) (i : idx).
Hypothesis Hi : inb (snd t) i = true.
Lemma sem_multiply x y : sem Rscal (Binary Multiply) [t; t] t [x; y] i = x i * y i.
Proof. apply sem_in; auto. Qed.
Lemma sem_subtract x y : sem Rscal (Binary Subtract) [t; t] t [x; y] i = x i - y i.
Proof. apply sem_in; auto. Qed.
Lemma sem_divide x y : sem Rscal (Binary Divide) [t; t] t [x; y] i = x i / y i.
Proof. apply sem_in; auto. Qed.
Lemma sem_negate x : sem Rscal (Unary Negate) [t] t [x] i = - x i.
Proof. apply sem_in; auto. Qed.
Lemma sem_exponential x : sem Rscal (Unary Exponential) [t] t [x] i = exp (x i).
Proof. apply sem_in; auto. Qed.
Lemma sem_log x : sem Rscal (Unary Log) [t] t [x] i = ln (x i).
Proof. apply sem_in; auto. Qed.
End Elementwise.
