(* Lists of axes (src/ir/ops/axes.h): choosing coordinates, permutations, row-major positions. No reals. *)
From Coq Require Import ZArith List Bool Lia Permutation.
From Pullback Require Import Base.Index Syntax.
Import ListNotations.
Open Scope Z_scope.

(* splits a conjunction, and nothing below it *)
Ltac splits := repeat match goal with |- _ /\ _ => split end.

(* ---- lists by position ---- *)
Lemma rank_nonneg l : 0 <= rank l.
Proof. unfold rank; lia. Qed.
(* The axes of a rank. *)
Definition axis_of {X} (l : list X) (k : Z) : Prop := 0 <= k < Z.of_nat (length l).
Lemma length_zseq n : 0 <= n -> Z.of_nat (length (zseq n)) = n.
Proof. intros. unfold zseq. rewrite map_length, seq_length. lia. Qed.
Lemma znth_zseq n k : 0 <= k < n -> znth (zseq n) k = k.
Proof.
  intros. unfold znth, zseq. change 0 with (Z.of_nat 0). rewrite map_nth, seq_nth by lia. lia.
Qed.
(* (f a0, f a1, ...)[k] = f a_k *)
Lemma znth_map f l k : axis_of l k -> znth (map f l) k = f (znth l k).
Proof.
  unfold znth, axis_of. intros H. rewrite nth_indep with (d' := f 0) by (rewrite map_length; lia).
  apply map_nth.
Qed.
Lemma znth_pick D i k : axis_of D k -> znth (pick D i) k = znth i (znth D k).
Proof. apply (znth_map (znth i)). Qed.
(* Two lists with the same elements at every position are equal. *)
Lemma znth_ext a b : length a = length b -> (forall k, axis_of a k -> znth a k = znth b k) -> a = b.
Proof.
  intros L H. apply nth_ext with (d := 0) (d' := 0); auto. intros n Hn.
  generalize (H (Z.of_nat n)). unfold znth, axis_of. rewrite Nat2Z.id. intros G; apply G; lia.
Qed.
Lemma pick_length D i : length (pick D i) = length D.
Proof. apply map_length. Qed.
Lemma rank_pick D i : rank (pick D i) = rank D.
Proof. unfold rank; rewrite pick_length; auto. Qed.
(* The same picks: equal on the picked axes. *)
Lemma pick_eq D i j : pick D i = pick D j <-> forall a, In a D -> znth i a = znth j a.
Proof. unfold pick. split; [apply ext_in_map|apply map_ext_in]. Qed.
Lemma znth_in l k : axis_of l k -> In (znth l k) l.
Proof. unfold axis_of; intros H. apply nth_In. lia. Qed.
Lemma in_znth l a : In a l -> exists k, axis_of l k /\ znth l k = a.
Proof.
  intros H. apply In_nth with (d := 0) in H as (n & Hn & E). exists (Z.of_nat n).
  unfold axis_of, znth. rewrite Nat2Z.id. split; auto; lia.
Qed.
(* Picking every axis in order changes nothing. *)
Lemma pick_zseq i : pick (zseq (rank i)) i = i.
Proof.
  apply znth_ext; unfold rank.
  - rewrite pick_length. unfold zseq. rewrite map_length, seq_length. lia.
  - intros k H. unfold axis_of in H. rewrite pick_length, length_zseq in H by lia.
    rewrite znth_pick by (unfold axis_of; rewrite length_zseq; lia). rewrite znth_zseq by lia. auto.
Qed.

Lemma znth_cons b p k : 0 <= k -> znth (b :: p) (1 + k) = znth p k.
Proof. intros. unfold znth. replace (Z.to_nat (1 + k)) with (S (Z.to_nat k)) by lia. auto. Qed.
(* What holds of two lists side by side holds at every position. *)
Lemma all2_znth f a b : all2 f a b = true -> forall k, axis_of a k -> f (znth a k) (znth b k) = true.
Proof.
  revert b; induction a as [|x a IH]; intros [|y b] H k Hk; unfold axis_of in Hk; simpl in H, Hk; try lia;
    try discriminate.
  apply andb_prop in H as [H H2]. destruct (Z.eq_dec k 0) as [->|N]; auto.
  replace k with (1 + (k - 1)) by ring. rewrite !znth_cons by lia. apply IH; auto. unfold axis_of; lia.
Qed.

(* ---- in bounds ---- *)
Lemma inb_length s i : inb s i = true -> length i = length s.
Proof.
  revert i; induction s; destruct i; simpl; intros; try discriminate; auto.
  f_equal. apply IHs. apply andb_prop in H as [_ H]; auto.
Qed.
Lemma inb_rank s i : inb s i = true -> rank i = rank s.
Proof. intros H; unfold rank; rewrite (inb_length s i H); auto. Qed.
(* An index is in bounds if each of its coordinates is. *)
Lemma inb_znth s i :
  inb s i = true <-> length i = length s /\ forall k, axis_of s k -> 0 <= znth i k < znth s k.
Proof.
  split.
  - intros H. split. apply inb_length; auto. unfold axis_of, znth. intros k.
    assert (G : forall n, (n < length s)%nat -> 0 <= nth n i 0 < nth n s 0).
    { clear k. revert i H; induction s as [|d s IH]; destruct i as [|z i]; simpl; intros H n Hn;
        try lia; try discriminate.
      apply andb_prop in H as [H H2]. destruct n; [lia|]. apply IH; auto; lia. }
    intros; apply G; lia.
  - revert i; induction s as [|d s IH]; destruct i as [|z i]; simpl; intros [L H]; try discriminate; auto.
    assert (0 <= z < d) by (apply (H 0); unfold axis_of; simpl; lia).
    rewrite IH. rewrite !andb_true_iff; lia. split; [lia|]. intros k Hk. unfold axis_of in *.
    specialize (H (k + 1)). simpl length in H. unfold znth in *.
    replace (Z.to_nat (k + 1)) with (S (Z.to_nat k)) in H by lia. simpl in H. apply H. lia.
Qed.
Lemma inb_at s i k : inb s i = true -> 0 <= k < rank s -> 0 <= znth i k < znth s k.
Proof. intros H. apply (proj1 (inb_znth s i) H). Qed.
(* o is in bounds iff every coordinate is: 0 <= o[k] < s[k] *)
Lemma inb_iff s o : inb s o = true <->
  rank o = rank s /\ forall k, 0 <= k < rank s -> 0 <= znth o k < znth s k.
Proof.
  rewrite inb_znth. unfold axis_of, rank. rewrite Nat2Z.inj_iff. reflexivity.
Qed.
(* A shape with an index has elements; one without elements has none. *)
Lemma inb_numel s i : inb s i = true -> 0 < numel s.
Proof.
  revert i. induction s as [|d s IH]; intros [|i o]; simpl; try discriminate. lia.
  rewrite !andb_true_iff, Z.leb_le, Z.ltb_lt. intros [Hi Ho]. specialize (IH o Ho). nia.
Qed.
Lemma indices_empty s : numel s = 0 -> indices s = [].
Proof.
  intros H. destruct (indices s) as [|i l] eqn:E; auto.
  assert (I : inb s i = true) by (apply in_indices; rewrite E; simpl; auto).
  apply inb_numel in I. lia.
Qed.
(* D are axes of rank n. *)
Definition in_axes (n : Z) (D : axes) : Prop := forall a, In a D -> 0 <= a < n.
Lemma in_range_axes n D : in_range n D = true <-> in_axes n D.
Proof.
  unfold in_range, in_axes. rewrite forallb_forall. split; intros H a Ha; specialize (H a Ha); lia.
Qed.
(* Choosing coordinates keeps an index in bounds. *)
Lemma inb_pick s D i : in_axes (rank s) D -> inb s i = true -> inb (pick D s) (pick D i) = true.
Proof.
  intros R H. apply inb_znth. rewrite !pick_length. split; auto. intros k Hk.
  unfold axis_of in Hk. rewrite pick_length in Hk. rewrite !znth_pick by auto.
  apply inb_at; auto. apply R, znth_in; auto.
Qed.
Lemma pick_pick A B i : in_axes (rank B) A -> pick A (pick B i) = pick (pick A B) i.
Proof.
  intros H. unfold pick at 1 3. unfold pick at 2. rewrite map_map. apply map_ext_in. intros a Ha.
  apply znth_pick, H; auto.
Qed.

(* ---- booleans on lists of axes ---- *)
Lemma memz_in a l : memz a l = true <-> In a l.
Proof.
  unfold memz. rewrite existsb_exists. split.
  - intros (b & Hb & E). apply Z.eqb_eq in E; subst; auto.
  - intros H; exists a; split; auto. apply Z.eqb_refl.
Qed.
Lemma memz_not_in a l : memz a l = false <-> ~ In a l.
Proof. rewrite <- memz_in. destruct (memz a l); intuition congruence. Qed.
Lemma uniqz_NoDup l : uniqz l = true <-> NoDup l.
Proof.
  induction l as [|a l IH]; simpl. intuition constructor.
  rewrite andb_true_iff, negb_true_iff, memz_not_in, IH. split.
  - intros [? ?]; constructor; auto.
  - intros H; inversion H; auto.
Qed.
Lemma in_other_axes n l a : In a (other_axes n l) <-> 0 <= a < n /\ ~ In a l.
Proof. unfold other_axes. rewrite filter_In, in_zseq, negb_true_iff, memz_not_in. tauto. Qed.
Lemma other_axes_range n l : in_axes n (other_axes n l).
Proof. intros a H. apply in_other_axes in H. tauto. Qed.
Lemma NoDup_other_axes n l : NoDup (other_axes n l).
Proof. apply NoDup_filter, NoDup_zseq. Qed.
Lemma other_axes_ext n l m : (forall a, In a l <-> In a m) -> other_axes n l = other_axes n m.
Proof.
  intros H. unfold other_axes. apply filter_ext. intros a. f_equal. apply eq_true_iff_eq.
  rewrite !memz_in. auto.
Qed.

Lemma other_axes_all n : other_axes n (zseq n) = [].
Proof.
  destruct (other_axes n (zseq n)) as [|a l] eqn:E; auto.
  assert (H : In a (other_axes n (zseq n))) by (rewrite E; simpl; auto).
  apply in_other_axes in H as [H1 H2]. destruct H2. apply in_zseq; auto.
Qed.
Lemma other_axes_none n : other_axes n [] = zseq n.
Proof. unfold other_axes. induction (zseq n); simpl; auto. f_equal; auto. Qed.

(* ---- sorting ---- *)
Lemma insertz_perm a l : Permutation (insertz a l) (a :: l).
Proof.
  induction l as [|b l IH]; simpl; auto. destruct (a <=? b); auto.
  rewrite IH. constructor.
Qed.
Lemma ascending_perm l : Permutation (ascending l) l.
Proof. induction l; simpl; auto. rewrite insertz_perm. constructor; auto. Qed.
Lemma in_ascending a l : In a (ascending l) <-> In a l.
Proof. split; apply Permutation_in; [|symmetry]; apply ascending_perm. Qed.

(* ---- permutations of the axes 0 .. n-1 ---- *)
Definition is_permutation (n : Z) (p : axes) : Prop := NoDup p /\ (forall a, In a p <-> 0 <= a < n).
(* transpose_c2 *)
Lemma ascending_is_permutation n p : 0 <= n -> ascending p = zseq n -> is_permutation n p.
Proof.
  intros _ H. assert (P : Permutation p (zseq n)) by (rewrite <- H; symmetry; apply ascending_perm).
  split. apply (Permutation_NoDup (Permutation_sym P)), NoDup_zseq.
  intros a. rewrite <- in_zseq. split; apply Permutation_in; auto. symmetry; auto.
Qed.
Lemma permutation_zseq n p : is_permutation n p -> Permutation p (zseq n).
Proof. intros [N I]. apply NoDup_Permutation; auto. apply NoDup_zseq. intros; rewrite in_zseq; auto. Qed.
Lemma permutation_rank n p : 0 <= n -> is_permutation n p -> rank p = n.
Proof.
  intros Hn H. unfold rank. rewrite (Permutation_length (permutation_zseq n p H)). apply length_zseq; auto.
Qed.
Lemma permutation_axes n p : is_permutation n p -> in_axes n p.
Proof. intros [_ I] a H. apply I; auto. Qed.
Lemma is_permutation_zseq n : is_permutation n (zseq n).
Proof. split. apply NoDup_zseq. apply in_zseq. Qed.

(* p[index of a] = a, and the converse where p has no duplicates *)
Lemma indexz_cons a b p : indexz a (b :: p) = if a =? b then 0 else 1 + indexz a p.
Proof. reflexivity. Qed.
Lemma indexz_range a p : In a p -> axis_of p (indexz a p).
Proof.
  unfold axis_of. induction p as [|b p IH]; intros H. destruct H. rewrite indexz_cons.
  simpl length.
  destruct (a =? b) eqn:E; [lia|]. destruct H; [lia|]. specialize (IH H). lia.
Qed.
Lemma znth_indexz a p : In a p -> znth p (indexz a p) = a.
Proof.
  induction p as [|b p IH]; intros H. destruct H. rewrite indexz_cons.
  destruct (a =? b) eqn:E. apply Z.eqb_eq in E; subst; auto.
  destruct H; [lia|]. rewrite znth_cons by (apply indexz_range in H; unfold axis_of in H; lia). auto.
Qed.
Lemma znth_inj p j k : NoDup p -> axis_of p j -> axis_of p k -> znth p j = znth p k -> j = k.
Proof.
  unfold axis_of, znth. intros N Hj Hk E.
  assert (Z.to_nat j = Z.to_nat k) by (apply (proj1 (NoDup_nth p 0) N); auto; lia). lia.
Qed.
Lemma indexz_znth p k : NoDup p -> axis_of p k -> indexz (znth p k) p = k.
Proof.
  intros N H. assert (In (znth p k) p) by (apply znth_in; auto).
  apply (znth_inj p); auto. apply indexz_range; auto. apply znth_indexz; auto.
Qed.

Lemma inverse_length p : length (inverse_permutation p) = length p.
Proof. unfold inverse_permutation, zseq. rewrite !map_length, seq_length. lia. Qed.
Lemma znth_inverse p a : axis_of p a -> znth (inverse_permutation p) a = indexz a p.
Proof.
  intros H. unfold inverse_permutation. unfold axis_of in H.
  rewrite (znth_map (fun a => indexz a p)) by (unfold axis_of; rewrite length_zseq; lia).
  rewrite znth_zseq by lia. auto.
Qed.
(* q[p[k]] = k *)
Lemma pick_permutation_inverse n p : 0 <= n -> is_permutation n p ->
  pick p (inverse_permutation p) = zseq n.
Proof.
  intros Hn H. pose proof (permutation_rank n p Hn H) as R. unfold rank in R.
  pose proof (length_zseq n Hn). apply znth_ext. rewrite pick_length; lia.
  intros k Hk. unfold axis_of in Hk. rewrite pick_length in Hk.
  rewrite znth_pick, znth_zseq by (unfold axis_of; lia).
  rewrite znth_inverse. apply indexz_znth; [apply H|]. unfold axis_of; lia.
  unfold axis_of. rewrite R. apply (permutation_axes n p H), znth_in. unfold axis_of; lia.
Qed.
(* p[q[a]] = a *)
Lemma pick_inverse_permutation n p : 0 <= n -> is_permutation n p ->
  pick (inverse_permutation p) p = zseq n.
Proof.
  intros Hn H. pose proof (permutation_rank n p Hn H) as R. unfold rank in R.
  pose proof (length_zseq n Hn). apply znth_ext. rewrite pick_length, inverse_length; lia.
  intros k Hk. unfold axis_of in Hk. rewrite pick_length, inverse_length in Hk.
  rewrite znth_pick, znth_zseq by (unfold axis_of; rewrite ?inverse_length; lia).
  rewrite znth_inverse by (unfold axis_of; lia). apply znth_indexz, H. lia.
Qed.
Lemma inverse_is_permutation n p : 0 <= n -> is_permutation n p -> is_permutation n (inverse_permutation p).
Proof.
  intros Hn H. pose proof (permutation_rank n p Hn H) as R. unfold rank in R.
  split.
  - unfold inverse_permutation. rewrite R.
    assert (G : forall l, NoDup l -> in_axes n l -> NoDup (map (fun a => indexz a p) l)).
    { induction l as [|a l IH]; simpl; intros N I; constructor; inversion N; subst.
      - rewrite in_map_iff. intros (b & E & Hb). assert (a = b); [|subst; auto].
        rewrite <- (znth_indexz a p), <- (znth_indexz b p), E; auto; apply H; apply I; simpl; auto.
      - apply IH; auto. intros b Hb; apply I; simpl; auto. }
    apply G. apply NoDup_zseq. intros a; rewrite in_zseq; auto.
  - intros a. unfold inverse_permutation. rewrite R, in_map_iff. split.
    + intros (b & <- & Hb). apply in_zseq in Hb. rewrite <- R. apply indexz_range, H; auto.
    + intros Ha. exists (znth p a). split. apply indexz_znth; [apply H|unfold axis_of; lia].
      apply in_zseq. apply (permutation_axes n p H), znth_in. unfold axis_of; lia.
Qed.
Lemma pick_pick_inverse p i : is_permutation (rank i) p -> pick p (pick (inverse_permutation p) i) = i.
Proof.
  intros H. assert (Hn : 0 <= rank i) by (unfold rank; lia).
  rewrite pick_pick. 2: unfold rank; rewrite inverse_length; fold (rank p).
  2: rewrite (permutation_rank _ p Hn H); apply permutation_axes; auto.
  rewrite (pick_permutation_inverse (rank i)) by auto. apply pick_zseq.
Qed.
Lemma pick_inverse_pick p i : is_permutation (rank i) p -> pick (inverse_permutation p) (pick p i) = i.
Proof.
  intros H. assert (Hn : 0 <= rank i) by (unfold rank; lia).
  rewrite pick_pick. 2: rewrite (permutation_rank _ p Hn H).
  2: apply permutation_axes, inverse_is_permutation; auto.
  rewrite (pick_inverse_permutation (rank i)) by auto. apply pick_zseq.
Qed.
Lemma inverse_inverse n p : 0 <= n -> is_permutation n p ->
  inverse_permutation (inverse_permutation p) = p.
Proof.
  intros Hn H. pose proof (permutation_rank n p Hn H) as R.
  assert (Hq : is_permutation n (inverse_permutation p)) by (apply inverse_is_permutation; auto).
  assert (Rq : rank (inverse_permutation p) = n) by (apply permutation_rank; auto).
  rewrite <- (pick_zseq (inverse_permutation (inverse_permutation p))) at 1.
  unfold rank at 1. rewrite inverse_length. fold (rank (inverse_permutation p)). rewrite Rq.
  transitivity (pick (inverse_permutation (inverse_permutation p)) (pick (inverse_permutation p) p)).
  - rewrite (pick_inverse_permutation n p Hn H). clear - H Hn Hq Rq.
    assert (G : forall l, in_axes n l -> pick l (zseq n) = l).
    { induction l as [|a l IH]; simpl; intros I; auto. rewrite znth_zseq by (apply I; simpl; auto).
      f_equal. apply IH. intros b Hb; apply I; simpl; auto. }
    rewrite (G _ (permutation_axes n _ (inverse_is_permutation n _ Hn Hq))).
    rewrite <- (pick_zseq (inverse_permutation (inverse_permutation p))) at 2.
    unfold rank. rewrite inverse_length. fold (rank (inverse_permutation p)). rewrite Rq. auto.
  - apply pick_inverse_pick. rewrite R; auto.
Qed.

(* ---- one coordinate replaced ---- *)
Lemma set_axis_length i a v : axis_of i a -> length (set_axis i a v) = length i.
Proof.
  unfold axis_of, set_axis. intros H. rewrite app_length, firstn_length. cbn [length].
  rewrite skipn_length. lia.
Qed.
Lemma rank_set_axis i a v : 0 <= a < rank i -> rank (set_axis i a v) = rank i.
Proof. intros H. unfold rank. rewrite set_axis_length; auto. Qed.
(* v at axis a, the index elsewhere *)
Lemma znth_set_axis i a v k : 0 <= a < rank i -> 0 <= k ->
  znth (set_axis i a v) k = if k =? a then v else znth i k.
Proof.
  unfold rank, set_axis, znth. intros Ha Hk.
  assert (E : (k =? a) = Nat.eqb (Z.to_nat k) (Z.to_nat a)).
  { apply eq_true_iff_eq. rewrite Z.eqb_eq, Nat.eqb_eq. lia. }
  rewrite E. assert (La : (Z.to_nat a < length i)%nat) by lia. clear Ha Hk E.
  revert i La. generalize (Z.to_nat k).
  induction (Z.to_nat a) as [|m IH]; intros n [|z i] La; simpl in La; try lia.
  - destruct n; auto.
  - destruct n; auto. simpl. apply IH. lia.
Qed.
Lemma set_axis_same i a : axis_of i a -> set_axis i a (znth i a) = i.
Proof.
  intros H. apply znth_ext. apply set_axis_length; auto. intros k Hk. unfold axis_of in Hk.
  rewrite set_axis_length in Hk by auto. rewrite znth_set_axis by (unfold axis_of, rank in *; lia).
  destruct (k =? a) eqn:E; auto. apply Z.eqb_eq in E; subst; auto.
Qed.
Lemma set_axis_twice i a v w : axis_of i a -> set_axis (set_axis i a v) a w = set_axis i a w.
Proof.
  intros H. pose proof (set_axis_length i a v H) as L.
  assert (H' : axis_of (set_axis i a v) a) by (unfold axis_of in *; lia).
  apply znth_ext. rewrite !set_axis_length; auto. intros k Hk. unfold axis_of in Hk.
  rewrite set_axis_length, L in Hk by auto.
  rewrite !znth_set_axis by (unfold axis_of, rank in *; lia). destruct (k =? a); auto.
Qed.
(* In bounds along one axis and along the others. *)
Lemma inb_set_axis s i a n v : axis_of s a -> inb s i = true -> 0 <= v < n ->
  inb (set_axis s a n) (set_axis i a v) = true.
Proof.
  intros Ha Hi Hv. pose proof (inb_length s i Hi) as L. apply inb_znth.
  rewrite !set_axis_length by (unfold axis_of in *; lia). split; auto. intros k Hk. unfold axis_of in Hk.
  rewrite set_axis_length in Hk by auto. rewrite !znth_set_axis by (unfold axis_of, rank in *; lia).
  destruct (k =? a); auto. apply inb_at; auto.
Qed.
