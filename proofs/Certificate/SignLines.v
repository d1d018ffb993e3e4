(* The sign analysis is sound: ops along one axis. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve.
From Pullback Require Import Composite.Line Composite.SoftmaxProof.
From Pullback Require Import Certificate.Sign Certificate.SignProof.
Import ListNotations.
Open Scope R_scope.

(* ---- softmax ---- *)
(* One of some numbers that are not negative is at most their sum. *)
Lemma sum_above {X} (f : X -> R) l a : (forall x, In x l -> 0 <= f x) -> In a l -> f a <= Sum f l.
Proof.
  induction l as [|x l IH]; simpl; intros H I; [tauto|]. assert (0 <= Sum f l) by (apply sum_nonneg; auto).
  pose proof (H x (or_introl eq_refl)). destruct I as [->|I]. lra. assert (f a <= Sum f l) by auto. lra.
Qed.
(* 0 < e^x_i <= the sum along i's line *)
Lemma exp_line s a (x : tensor) i : (0 <= a < rank s)%Z -> inb s i = true ->
  0 < exp (x i) <= Sum (fun j => exp (x j)) (line s a i).
Proof.
  intros Ha Hi. split. apply exp_pos. apply (sum_above (fun j => exp (x j))).
  intros; left; apply exp_pos. apply in_line; auto.
Qed.
(* 0 < softmax <= 1 *)
Lemma holds_softmax a ats rt vs : infer (Softmax a) ats = Some rt -> length vs = length ats ->
  holds (Sgn Positive Unknown Nonnegative Unknown) (snd rt) (sem Rscal (Softmax a) ats rt vs).
Proof.
  intros T L i Hi. apply softmax_typed in T as (-> & _ & Ha & _). destruct vs as [|x [|]]; try discriminate.
  rewrite sem_in by auto. simpl. unfold sem_softmax. cbn [sdiv sexp Rscal].
  pose proof (exp_line _ _ x i Ha Hi) as [P Q]. set (z := Sum _ _) in *.
  assert (I : 0 < / z) by (apply Rinv_0_lt_compat; lra).
  assert (1 - exp (x i) / z = (z - exp (x i)) * / z) as E by (field; lra).
  repeat split; simpl. apply Rmult_lt_0_compat; auto. rewrite E. apply Rmult_le_pos; lra.
Qed.
(* log_softmax <= 0 *)
Lemma holds_log_softmax a ats rt vs : infer (LogSoftmax a) ats = Some rt -> length vs = length ats ->
  holds (Sgn Unknown Nonnegative Nonnegative Unknown) (snd rt) (sem Rscal (LogSoftmax a) ats rt vs).
Proof.
  intros T L i Hi. apply log_softmax_typed in T as (-> & _ & Ha & _).
  destruct vs as [|x [|]]; try discriminate.
  rewrite sem_in by auto. simpl. unfold sem_log_softmax, ssub. cbn [sadd sneg slog sexp Rscal].
  pose proof (exp_line _ _ x i Ha Hi) as [P Q]. set (z := Sum _ _) in *.
  assert (x i <= ln z).
  { rewrite <- (ln_exp (x i)). destruct Q as [Q| <-]; [left; apply ln_increasing; auto|right; auto]. }
  repeat split; simpl; lra.
Qed.

(* ---- concatenation: each element is one of some operand's ---- *)
Lemma sat_some a l b x : In b (a :: l) -> sat b x -> sat (fold_right either a l) x.
Proof.
  intros H S. induction l as [|c l IH]; simpl in *.
  - destruct H as [->|[]]; auto.
  - destruct H as [->|[->|H]]; [apply sat_either_r; auto|apply sat_either_l; auto|apply sat_either_r; auto].
Qed.
(* An operand that agrees with s off the axis. *)
Definition alongside (a : Z) (s : shape) (t : ty) : Prop :=
  rank (snd t) = rank s /\ set_axis (snd t) a (znth s a) = s.
(* Off the axis the extents are those of s. *)
Lemma alongside_extent a s t k : (0 <= a < rank s)%Z -> alongside a s t -> (0 <= k < rank s)%Z -> k <> a ->
  znth (snd t) k = znth s k.
Proof.
  intros Ha [R E] Hk N. rewrite <- E at 1. rewrite znth_set_axis by lia.
  rewrite (proj2 (Z.eqb_neq _ _) N). auto.
Qed.
(* An index of the result reads one of the operands, within its shape. *)
Lemma concatenate_element a s ats : (0 <= a < rank s)%Z -> Forall (alongside a s) ats ->
  forall ss vs o, holds_all ss (map snd ats) vs -> inb (set_axis s a (concatenated a ats)) o = true ->
  exists b, In b ss /\ sat b (sem_concatenate Rscal a ats vs o).
Proof.
  intros Ha F. induction F as [|t ats A F IH]; intros ss vs o H Ho.
  - apply inb_iff in Ho as [_ Ho]. rewrite rank_set_axis in Ho by lia. specialize (Ho a Ha).
    rewrite znth_set_axis, Z.eqb_refl in Ho by lia. simpl in Ho. lia.
  - destruct ss as [|b ss], vs as [|x vs]; simpl in H; try tauto. destruct H as [H HH].
    apply inb_iff in Ho as [Ro Ho]. rewrite rank_set_axis in Ro, Ho by lia.
    assert (Oa : (0 <= znth o a < znth (snd t) a + concatenated a ats)%Z).
    { specialize (Ho a Ha). rewrite znth_set_axis, Z.eqb_refl in Ho by lia. auto. }
    assert (Ok : forall k, (0 <= k < rank s)%Z -> k <> a -> (0 <= znth o k < znth s k)%Z).
    { intros k Hk N. specialize (Ho k Hk). rewrite znth_set_axis in Ho by lia.
      rewrite (proj2 (Z.eqb_neq _ _) N) in Ho. auto. }
    clear Ho. cbn [sem_concatenate]. destruct (Z.ltb_spec (znth o a) (znth (snd t) a)) as [L|L].
    + exists b. split; simpl; auto. apply H, inb_iff. destruct A as [R E]. split. lia.
      intros k Hk. destruct (Z.eq_dec k a) as [->|N]; [lia|].
      rewrite (alongside_extent a s t k) by (auto; try split; auto; lia). apply Ok; auto; lia.
    + destruct (IH ss vs (set_axis o a (znth o a - znth (snd t) a)) HH) as (c & C1 & C2).
      * apply inb_iff. rewrite !rank_set_axis by lia. split; auto. intros k Hk.
        rewrite !znth_set_axis by lia. destruct (Z.eqb_spec k a) as [->|N]; [lia|apply Ok; auto].
      * exists c. simpl; auto.
Qed.
(* What holds of every operand holds of the result. *)
Lemma holds_concatenate a ats rt ss vs : infer (Concatenate a) ats = Some rt ->
  holds_all ss (map snd ats) vs ->
  exists b l, ss = b :: l /\ holds (fold_right either b l) (snd rt) (sem Rscal (Concatenate a) ats rt vs).
Proof.
  intros T H. simpl in T. unfold infer_concatenate in T. destruct ats as [|[e s] ats]; try discriminate.
  set (all := (e, s) :: ats) in *. destruct (_ && _)%bool eqn:E in T; inv T.
  rewrite !andb_true_iff in E. destruct E as (((((E1 & E2) & _) & E3) & _) & _).
  assert (F : Forall (alongside a s) all).
  { apply Forall_forall. intros t Ht. rewrite forallb_forall in E3. specialize (E3 t Ht).
    apply andb_prop in E3 as [Q1 Q2]. apply ieqb_eq in Q2. split; auto. lia. }
  assert (Ha : (0 <= a < rank s)%Z) by lia.
  pose proof (concatenate_element a s all Ha F ss vs) as C.
  destruct ss as [|b l]; [destruct vs; simpl in H; tauto|]. exists b, l. split; auto.
  intros o Ho. destruct (C o H Ho) as (c & C1 & C2). apply (sat_some b l c); auto.
  rewrite sem_in by auto. exact C2.
Qed.
