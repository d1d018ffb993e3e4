(* The features of a tensor: the groups of the indices that agree on one axis. Summing over all other axes,
   copying one number a feature to its elements, and the statistics that batch norm is made of. *)
From Coq Require Import Reals ZArith List Bool Lia Lra.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve Ops.Gather
  Ops.Pointwise Ops.ReduceProof Composite.Group Composite.Line Composite.Normalise
  Composite.BatchNormTraining.
Import ListNotations.
Open Scope Z_scope.

(* What is not "all axes but a" is a. *)
Lemma other_than_others s a : 0 <= a < rank s -> other_axes (rank s) (other_than s a) = [a].
Proof.
  intros Ha. unfold other_than.
  assert (E : forall k, In k (zseq (rank s)) -> negb (memz k (other_axes (rank s) [a])) = (a =? k)).
  { intros k Hk. apply in_zseq in Hk. destruct (Z.eqb_spec a k) as [->|N]; apply eq_true_iff_eq;
      rewrite negb_true_iff, memz_not_in, in_other_axes; simpl; intuition congruence. }
  unfold other_axes at 1. rewrite (filter_ext_in _ _ _ E).
  assert (F : forall l, NoDup l -> In a l -> filter (Z.eqb a) l = [a]).
  { induction l as [|k l IH]; simpl; [tauto|]. intros N H. inversion N as [|? ? NI N']; subst.
    destruct (Z.eqb_spec a k) as [->|D].
    - f_equal. clear - NI. induction l as [|j l IH]; simpl; auto.
      destruct (Z.eqb_spec k j) as [->|]; [exfalso; apply NI; simpl; auto|].
      apply IH. intros H; apply NI; simpl; auto.
    - apply IH; auto. destruct H; [congruence|auto]. }
  apply F. apply NoDup_zseq. apply in_zseq; auto.
Qed.

Open Scope R_scope.

(* ---- how many elements a feature has ---- *)
Lemma sum_ones {X} (l : list X) c : Sum (fun _ => c) l = IZR (Z.of_nat (length l)) * c.
Proof. induction l as [|x l IH]; simpl length; [simpl; lra|]. rewrite Nat2Z.inj_succ, succ_IZR. simpl. rewrite IH. lra. Qed.
Lemma sum_flat_map {X Y} (f : Y -> R) (g : X -> list Y) l :
  Sum f (flat_map g l) = Sum (fun x => Sum f (g x)) l.
Proof. induction l as [|x l IH]; simpl; auto. rewrite sum_app, IH. auto. Qed.
(* Indices are as many as the product of the extents. *)
Lemma count_indices s : (forall d, In d s -> (0 <= d)%Z) -> Sum (fun _ => 1) (indices s) = IZR (numel s).
Proof.
  induction s as [|d s IH]; intros H. simpl; lra. cbn [indices]. rewrite sum_flat_map.
  rewrite (sum_ext _ (fun _ => IZR (numel s))).
  - rewrite sum_ones, length_zseq by (apply H; simpl; auto). cbn [numel fold_right].
    rewrite mult_IZR. reflexivity.
  - intros v _. rewrite sum_map. apply IH. intros; apply H; simpl; auto.
Qed.
Lemma positive_extents s i : inb s i = true -> forall d, In d s -> (0 <= d)%Z.
Proof.
  revert i; induction s as [|e s IH]; intros [|k i] H d; simpl in *; try tauto; try discriminate.
  rewrite !andb_true_iff in H. destruct H as [[H1 H2] H3]. intros [<-|Hd]; [lia|]. eapply IH; eauto.
Qed.
(* The indices with coordinate v on axis n are as many as the product of the other extents. *)
Lemma count_coordinate n : forall s v, (n < length s)%nat -> (forall d, In d s -> (0 <= d)%Z) ->
  (0 <= v < nth n s 0)%Z ->
  Sum (fun i => if (v =? nth n i 0)%Z then 1 else 0) (indices s) = IZR (numel (firstn n s ++ 1%Z :: skipn (S n) s)).
Proof.
  induction n as [|n IH]; intros [|d s] v L P V; simpl in L; try lia; cbn [indices]; rewrite sum_flat_map.
  - rewrite (sum_ext _ (fun k => if (k =? v)%Z then IZR (numel s) else 0)).
    + rewrite (sum_delta Z.eqb Z.eqb_eq (fun _ => IZR (numel s))).
      * cbn [firstn skipn app numel fold_right]. rewrite Z.mul_1_l. auto.
      * apply NoDup_zseq.
      * apply in_zseq. exact V.
    + intros k _. rewrite sum_map. cbn [nth]. rewrite (Z.eqb_sym k v). destruct (v =? k)%Z.
      * apply count_indices. intros; apply P; simpl; auto.
      * apply sum_0.
  - rewrite (sum_ext _ (fun _ => IZR (numel (firstn n s ++ 1%Z :: skipn (S n) s)))).
    + rewrite sum_ones, length_zseq by (apply P; simpl; auto). rewrite <- mult_IZR. reflexivity.
    + intros k _. rewrite sum_map. cbn [nth]. apply IH; auto. lia. intros; apply P; simpl; auto.
Qed.
Lemma feature_size_group s a i : (0 <= a < rank s)%Z -> inb s i = true ->
  group_size s (pick [a]) i = IZR (feature_size s a).
Proof.
  intros Ha Hi. unfold group_size, group_sum, linapp, feature_size, set_axis.
  rewrite <- (count_coordinate (Z.to_nat a) s (znth i a)).
  - apply sum_ext. intros j _. unfold same_group, pick, znth. simpl. rewrite andb_true_r. auto.
  - unfold rank in Ha. lia.
  - apply (positive_extents s i Hi).
  - pose proof (inb_at s i a Hi Ha). unfold znth in *. auto.
Qed.

(* ---- the values of the instructions ---- *)
Lemma sum_over_ext s key x y o : (forall i, inb s i = true -> x i = y i) -> sum_over s key x o = sum_over s key y o.
Proof. intros H. apply sum_ext; intros i Hi. apply in_indices in Hi. rewrite H; auto. Qed.
Lemma sum_over_group s key x i : sum_over s key x (key i) = group_sum s key x i.
Proof. reflexivity. Qed.

Section Values.
Variables (t : ty) (a : Z).
Hypothesis Ha : (0 <= a < rank (snd t))%Z.
Notation s := (snd t).
Notation f := (feature_ty t a).
Notation c := (pick [a]).
Definition spread_value (v : tensor) : tensor := sem Rscal (feature_spread s a) [f] t [v].
Definition sum_value (v : tensor) : tensor := sem Rscal (feature_sum s a) [t] f [v].
Definition count_value : tensor := sem Rscal (feature_count t a) [] f [].
Definition mean_value (v : tensor) : tensor := sem Rscal (Binary Divide) [f; f] f [sum_value v; count_value].

Lemma inb_feature i : inb s i = true -> inb (snd f) (c i) = true.
Proof. intros Hi. apply (inb_pick s [a]); auto. intros k [<-|[]]; auto. Qed.
Lemma spread_in v i : inb s i = true -> spread_value v i = v (c i).
Proof.
  intros Hi. unfold spread_value. rewrite sem_in by auto. cbn [sem0 feature_spread map].
  change (snd f) with (pick [a] s). rewrite broadcast_source_pick; auto. intros k [<-|[]]; auto.
Qed.
Lemma sum_in v o : inb (snd f) o = true -> sum_value v o = sum_over s c v o.
Proof.
  intros Ho. unfold sum_value, feature_sum. rewrite sem_sum_at by auto. rewrite other_than_others by auto. auto.
Qed.
(* The mean of a feature is that of the group of its elements. *)
Lemma mean_in v i : inb s i = true -> mean_value v (c i) = mean s c v i.
Proof.
  intros Hi. pose proof (inb_feature i Hi). unfold mean_value, mean. rewrite sem_divide by auto.
  rewrite sum_in, sum_over_group by auto. unfold count_value, feature_count.
  rewrite sem_constant_at, feature_size_group by auto. auto.
Qed.

Variables (epsilon : decimal) (x : tensor).
Notation eps := (sem_decimal Rscal epsilon).
Definition centred_value : tensor := sem Rscal (Binary Subtract) [t; t] t [x; spread_value (mean_value x)].
Definition variance_value : tensor :=
  mean_value (sem Rscal (Binary Multiply) [t; t] t [centred_value; centred_value]).
Definition rstd_value : tensor :=
  sem Rscal (Unary Rsqrt) [f] f
    [sem Rscal (Binary Add) [f; f] f [variance_value; sem Rscal (Constant f [epsilon]) [] f []]].
Definition normalised_value : tensor :=
  sem Rscal (Binary Multiply) [t; t] t [centred_value; spread_value rstd_value].

Lemma centred_in i : inb s i = true -> centred_value i = centred s c x i.
Proof. intros Hi. unfold centred_value. rewrite sem_subtract, spread_in, mean_in by auto. auto. Qed.
Lemma variance_in i : inb s i = true -> variance_value (c i) = variance s c x i.
Proof.
  intros Hi. unfold variance_value. rewrite mean_in by auto. apply mean_ext. intros j Hj _.
  rewrite sem_multiply, centred_in by auto. auto.
Qed.
Lemma rstd_in i : inb s i = true -> rstd_value (c i) = rstd s c eps x i.
Proof.
  intros Hi. pose proof (inb_feature i Hi) as Hc. unfold rstd_value, rstd, rsqrt.
  rewrite sem_unary_at, sem_binary_at, variance_in by auto. rewrite sem_in by auto.
  unfold sem_unary, sem_binary. cbn [sem0 sem_constant sdiv s1 ssqrt sadd Rscal].
  unfold Rdiv. rewrite Rmult_1_l. auto.
Qed.
Lemma normalised_in i : inb s i = true -> normalised_value i = normalised s c eps x i.
Proof.
  intros Hi. unfold normalised_value. rewrite sem_multiply, centred_in, spread_in, rstd_in by auto. auto.
Qed.
End Values.
