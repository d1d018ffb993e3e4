(* Indices coordinate by coordinate: bounds, equality, picking axes. *)
From Coq Require Import ZArith List Bool Lia.
From Pullback Require Import Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

Lemma znth_cons_0 a l : znth (a :: l) 0 = a.
Proof. reflexivity. Qed.
Lemma znth_cons a l k : 0 < k -> znth (a :: l) k = znth l (k - 1).
Proof. intros H. unfold znth. replace (Z.to_nat k) with (S (Z.to_nat (k - 1))) by lia. reflexivity. Qed.
Lemma rank_cons a l : rank (a :: l) = rank l + 1.
Proof. unfold rank; simpl length; lia. Qed.
Lemma rank_nonneg l : 0 <= rank l.
Proof. unfold rank; lia. Qed.

(* o is in bounds iff every coordinate is: 0 <= o[k] < s[k] *)
Lemma inb_iff s o : inb s o = true <->
  rank o = rank s /\ forall k, 0 <= k < rank s -> 0 <= znth o k < znth s k.
Proof.
  revert o; induction s as [|d s IH]; intros [|i o]; simpl.
  - split; auto. intros _; split; auto. unfold rank; simpl; lia.
  - split; [discriminate|]. intros [H _]. rewrite rank_cons in H. pose proof (rank_nonneg o).
    unfold rank in H at 2; simpl in H; lia.
  - split; [discriminate|]. intros [H _]. rewrite rank_cons in H. pose proof (rank_nonneg s).
    unfold rank in H at 1; simpl in H; lia.
  - rewrite !andb_true_iff, Z.leb_le, Z.ltb_lt, IH, !rank_cons. split.
    + intros [[H0 H1] [H2 H3]]. split; [lia|]. intros k Hk. destruct (Z.eq_dec k 0) as [->|N].
      * rewrite !znth_cons_0; lia.
      * rewrite !znth_cons by lia. apply H3; lia.
    + intros [H0 H1]. pose proof (rank_nonneg s).
      pose proof (H1 0 ltac:(lia)) as H2. rewrite !znth_cons_0 in H2. repeat split; try lia.
      * intros. specialize (H1 (k + 1) ltac:(lia)). rewrite !znth_cons in H1 by lia.
        replace (k + 1 - 1) with k in H1 by lia. lia.
      * intros. specialize (H1 (k + 1) ltac:(lia)). rewrite !znth_cons in H1 by lia.
        replace (k + 1 - 1) with k in H1 by lia. lia.
Qed.
Lemma inb_rank s o : inb s o = true -> rank o = rank s.
Proof. intros H; apply inb_iff in H; tauto. Qed.
Lemma inb_znth s o k : inb s o = true -> 0 <= k < rank s -> 0 <= znth o k < znth s k.
Proof. intros H; apply inb_iff in H as [_ H]; auto. Qed.
(* Indices with equal coordinates are equal. *)
Lemma idx_ext a b : rank a = rank b -> (forall k, 0 <= k < rank a -> znth a k = znth b k) -> a = b.
Proof.
  intros L H. apply nth_ext with (d := 0) (d' := 0); unfold rank in *. lia.
  intros n Hn. specialize (H (Z.of_nat n) ltac:(lia)). unfold znth in H. rewrite Nat2Z.id in H; auto.
Qed.

(* [f 0, ..., f (n-1)] coordinate by coordinate *)
Lemma rank_map (f : Z -> Z) l : rank (map f l) = rank l.
Proof. unfold rank; rewrite map_length; auto. Qed.
Lemma rank_zseq n : 0 <= n -> rank (zseq n) = n.
Proof. intros; unfold rank, zseq; rewrite map_length, seq_length; lia. Qed.
Lemma znth_zseq n k : 0 <= k < n -> znth (zseq n) k = k.
Proof.
  intros H. unfold znth, zseq.
  rewrite nth_indep with (d' := Z.of_nat 0) by (rewrite map_length, seq_length; lia).
  rewrite map_nth, seq_nth by lia. lia.
Qed.
Lemma znth_map (f : Z -> Z) l k : 0 <= k < rank l -> znth (map f l) k = f (znth l k).
Proof.
  unfold rank; intros H. unfold znth. rewrite nth_indep with (d' := f 0) by (rewrite map_length; lia).
  apply map_nth.
Qed.
Lemma znth_in l k : 0 <= k < rank l -> In (znth l k) l.
Proof. unfold rank; intros; apply nth_In; lia. Qed.
Lemma in_znth l a : In a l -> exists k, 0 <= k < rank l /\ znth l k = a.
Proof.
  intros H. apply In_nth with (d := 0) in H as (n & Hn & E). exists (Z.of_nat n).
  unfold rank, znth. rewrite Nat2Z.id. split; auto; lia.
Qed.

(* Sets of axes *)
Lemma memz_in a l : memz a l = true <-> In a l.
Proof.
  unfold memz; rewrite existsb_exists; split.
  - intros (b & Hb & E). apply Z.eqb_eq in E; subst; auto.
  - intros H. exists a. rewrite Z.eqb_refl; auto.
Qed.
Lemma memz_notin a l : memz a l = false <-> ~ In a l.
Proof. rewrite <- memz_in. destruct (memz a l); intuition congruence. Qed.
Lemma in_range_iff n l : in_range n l = true <-> forall a, In a l -> 0 <= a < n.
Proof.
  unfold in_range; rewrite forallb_forall. split; intros H a Ha; specialize (H a Ha).
  - apply andb_prop in H as [H1 H2]. apply Z.leb_le in H1; apply Z.ltb_lt in H2; lia.
  - apply andb_true_intro; split; [apply Z.leb_le|apply Z.ltb_lt]; lia.
Qed.
Lemma uniqz_NoDup l : uniqz l = true <-> NoDup l.
Proof.
  induction l as [|a l IH]; simpl. intuition constructor.
  rewrite andb_true_iff, negb_true_iff, memz_notin, IH. split.
  - intros [? ?]; constructor; auto.
  - intros H; inversion H; auto.
Qed.
Lemma in_other_axes n l a : In a (other_axes n l) <-> 0 <= a < n /\ ~ In a l.
Proof. unfold other_axes. rewrite filter_In, in_zseq, negb_true_iff, memz_notin. tauto. Qed.
Lemma NoDup_other_axes n l : NoDup (other_axes n l).
Proof. unfold other_axes. apply NoDup_filter, NoDup_zseq. Qed.

(* pick D i = [i[D[0]], i[D[1]], ...] *)
Lemma rank_pick D i : rank (pick D i) = rank D.
Proof. apply rank_map. Qed.
Lemma znth_pick D i k : 0 <= k < rank D -> znth (pick D i) k = znth i (znth D k).
Proof. apply znth_map. Qed.
Lemma inb_pick D s i : (forall a, In a D -> 0 <= a < rank s) -> inb s i = true ->
  inb (pick D s) (pick D i) = true.
Proof.
  intros H Hi. apply inb_iff. rewrite !rank_pick. split; auto. intros k Hk. rewrite !znth_pick by auto.
  apply inb_znth; auto. apply H, znth_in; auto.
Qed.
(* The same picks: equal on the picked axes. *)
Lemma pick_eq D i j : pick D i = pick D j <-> forall a, In a D -> znth i a = znth j a.
Proof. unfold pick. split; [apply ext_in_map|apply map_ext_in]. Qed.
