(* Regrouping (src/ir/ops/convolution_vjp.cpp): reshape, transpose, reshape exchange what axis a counts
   within a group and what axis c counts. No reals. *)
From Coq Require Import ZArith List Bool Lia.
From Pullback Require Import Base.Index Syntax Ops.Shape Base.Axes Ops.Source Ops.Convolution.
Import ListNotations.
Open Scope Z_scope.

(* ---- a list with axis a set, or split in two ---- *)
(* u, v in place of axis a *)
Definition split2 (l : list Z) (a u v : Z) : list Z :=
  firstn (Z.to_nat a) l ++ u :: v :: skipn (S (Z.to_nat a)) l.
(* one axis more *)
Lemma rank_split2 l a u v : 0 <= a < rank l -> rank (split2 l a u v) = rank l + 1.
Proof.
  unfold split2, rank. intros H. rewrite app_length, firstn_length. cbn [length]. rewrite skipn_length. lia.
Qed.
(* the list before a; u, v; the list from a + 1 on *)
Lemma znth_split2 l a u v k : 0 <= a < rank l -> 0 <= k ->
  znth (split2 l a u v) k
  = if k <? a then znth l k else if k =? a then u else if k =? a + 1 then v else znth l (k - 1).
Proof.
  unfold split2, rank, znth. intros H Hk.
  assert (F : length (firstn (Z.to_nat a) l) = Z.to_nat a) by (rewrite firstn_length; lia).
  destruct (Z.ltb_spec k a).
  - rewrite app_nth1 by lia. rewrite <- (firstn_skipn (Z.to_nat a) l) at 2. rewrite app_nth1 by lia. auto.
  - rewrite app_nth2, F by lia. destruct (Z.eqb_spec k a) as [->|]. rewrite Nat.sub_diag; auto.
    destruct (Z.eqb_spec k (a + 1)) as [->|].
    + replace (Z.to_nat (a + 1) - Z.to_nat a)%nat with 1%nat by lia. auto.
    + rewrite <- (firstn_skipn (S (Z.to_nat a)) l) at 2. rewrite app_nth2 by (rewrite firstn_length; lia).
      rewrite firstn_length.
      replace (Z.to_nat k - Z.to_nat a)%nat with (S (S (Z.to_nat k - Z.to_nat a - 2))) by lia.
      cbn [nth]. f_equal. lia.
Qed.
(* Lists are equal if they are at every axis; what set_axis, split2 and pick have there. *)
Ltac axis_by_axis k Hk :=
  apply znth_ext;
  [ apply Nat2Z.inj;
    repeat match goal with |- context [Z.of_nat (length ?l)] => change (Z.of_nat (length l)) with (rank l) end
  | intros k Hk; unfold axis_of in Hk;
    repeat match type of Hk with context [Z.of_nat (length ?l)] =>
      change (Z.of_nat (length l)) with (rank l) in Hk end ].
Ltac cases_of_eqb :=
  repeat match goal with
  | |- context [?x =? ?y] => destruct (Z.eqb_spec x y); subst; try lia; auto
  | |- context [?x <? ?y] => destruct (Z.ltb_spec x y); subst; try lia; auto
  end.
Ltac ranks := repeat first [rewrite rank_set_axis | rewrite rank_split2]; auto; try lia.
(* Both parts within their extents: the whole within its shape. *)
Lemma inb_split2 s i a u v d e : 0 <= a < rank s -> inb s i = true -> 0 <= u < d -> 0 <= v < e ->
  inb (split2 s a d e) (split2 i a u v) = true.
Proof.
  intros Ha H Hu Hv. pose proof (inb_rank s i H) as R. apply inb_znth. split.
  - apply Nat2Z.inj. change (rank (split2 i a u v) = rank (split2 s a d e)). rewrite !rank_split2; lia.
  - intros k Hk. unfold axis_of in Hk. change (0 <= k < rank (split2 s a d e)) in Hk.
    rewrite rank_split2 in Hk by auto. rewrite !znth_split2 by lia.
    cases_of_eqb; apply inb_at; auto; lia.
Qed.
(* a list around its element n *)
Lemma list_at (l : list Z) n : (n < length l)%nat -> l = firstn n l ++ nth n l 0 :: skipn (S n) l.
Proof.
  revert n; induction l as [|x l IH]; simpl; intros n H; [lia|]. destruct n; auto.
  simpl. f_equal. apply IH. lia.
Qed.
(* Pairing takes pieces to pieces. *)
Lemma combine_split {X Y} (a a' : list X) (b b' : list Y) : length a = length b ->
  combine (a ++ a') (b ++ b') = combine a b ++ combine a' b'.
Proof. revert b; induction a; intros [|y b] H; try discriminate; simpl; auto. rewrite IHa; auto. Qed.
(* An axis split into its quotient and remainder has the same row-major position. *)
Lemma ravel_split2 s i a d e : 0 <= a < rank s -> 0 < e -> inb s i = true -> d * e = znth s a ->
  ravel (split2 s a d e) (split2 i a (znth i a / e) (znth i a mod e)) = ravel s i.
Proof.
  intros Ha He H E. apply inb_length in H. unfold rank in Ha. unfold split2, ravel.
  assert (Ds := list_at s (Z.to_nat a) ltac:(lia)). assert (Di := list_at i (Z.to_nat a) ltac:(lia)).
  fold (znth s a) in Ds. fold (znth i a) in Di.
  rewrite Ds at 3. rewrite Di at 5. rewrite !combine_split by (rewrite !firstn_length; lia).
  rewrite !fold_left_app. cbn [combine fold_left fst snd]. f_equal. rewrite <- E.
  pose proof (Z.div_mod (znth i a) e ltac:(lia)). nia.
Qed.

(* ---- the transposition of two axes ---- *)
Lemma znth_swap_axes n p q k : 0 <= k < n ->
  znth (swap_axes n p q) k = if k =? p then q else if k =? q then p else k.
Proof.
  intros H. unfold swap_axes. rewrite (znth_map (fun a => if a =? p then q else if a =? q then p else a))
    by (unfold axis_of; rewrite length_zseq; lia).
  rewrite znth_zseq by auto. auto.
Qed.
(* A transposition of two axes is a permutation. *)
Lemma swap_axes_permutation n p q : 0 <= p < n -> 0 <= q < n -> is_permutation n (swap_axes n p q).
Proof.
  intros Hp Hq. split.
  - unfold swap_axes. generalize (NoDup_zseq n).
    induction (zseq n) as [|a l IH]; simpl; intros N; constructor.
    + inversion N; subst. rewrite in_map_iff. intros (b & E & Hb). assert (a = b); [|subst; auto].
      revert E. cases_of_eqb.
    + apply IH. inversion N; auto.
  - intros a. unfold swap_axes. rewrite in_map_iff. split.
    + intros (b & <- & H). apply in_zseq in H. cases_of_eqb.
    + intros H. exists (if a =? p then q else if a =? q then p else a).
      destruct (Z.eqb_spec a p); [|destruct (Z.eqb_spec a q)]; subst; rewrite in_zseq;
        split; cases_of_eqb; auto.
Qed.
(* of all n axes *)
Lemma rank_swap_axes n p q : 0 <= n -> rank (swap_axes n p q) = n.
Proof. intros. unfold swap_axes, rank. rewrite map_length, length_zseq; auto. Qed.

(* The group's part of axis a and axis c change places. *)
Lemma pick_regroup_swap l a c u v : 0 <= a < rank l -> 0 <= c < rank l -> a <> c ->
  pick (regroup_swap (rank l) a c) (split2 l a u v) = split2 (set_axis l c v) a u (znth l c).
Proof.
  intros Ha Hc N. unfold regroup_swap.
  assert (Ha' : 0 <= a < rank (set_axis l c v)) by (rewrite rank_set_axis; auto).
  axis_by_axis k Hk.
  - rewrite rank_pick, rank_swap_axes, rank_split2, rank_set_axis; auto; lia.
  - rewrite rank_pick, rank_swap_axes in Hk by lia.
    rewrite znth_pick by (unfold axis_of; change (0 <= k < rank (swap_axes (rank l + 1) (a + 1)
      (if a <? c then c + 1 else c))); rewrite rank_swap_axes; lia).
    rewrite znth_swap_axes by lia. rewrite (znth_split2 (set_axis l c v)) by lia.
    destruct (Z.ltb_spec a c); cases_of_eqb; rewrite znth_split2 by lia; rewrite ?znth_set_axis by lia;
      cases_of_eqb; try (f_equal; lia).
Qed.

(* ---- regrouping ---- *)
(* Where the regrouped tensor's element j comes from: with n elements at axis c and s in a group at axis a
   before, the group g = j[a] / n; before, g * s + j[c] at axis a and j[a] mod n at axis c. *)
Definition regroup_source (s : shape) (a c groups : Z) (j : idx) : idx :=
  set_axis (set_axis j a (znth j a / znth s c * (znth s a / groups) + znth j c)) c (znth j a mod znth s c).

(* x = m * q + r with 0 <= r < m *)
Lemma div_mod_unique x m q r : 0 <= r < m -> x = q * m + r -> x / m = q /\ x mod m = r.
Proof.
  intros H ->. rewrite Z.div_add_l, Z.div_small, (Z.add_comm (q * m)), Z.mod_add, Z.mod_small by lia. lia.
Qed.

Section Regroup.
  Variables (s : shape) (a c groups : Z).
  Hypotheses (Ha : 0 <= a < rank s) (Hc : 0 <= c < rank s) (AC : a <> c) (G : 0 < groups)
    (D : znth s a mod groups = 0).
  Notation size := (znth s a / groups).
  Notation merged := (regroup_shape s a c groups).
  Notation source := (regroup_source s a c groups).

  (* The groups divide axis a evenly. *)
  Lemma regroup_size : znth s a = groups * size.
  Proof. rewrite (Z.div_mod (znth s a) groups) at 1 by lia. lia. Qed.
  (* Regrouping keeps the rank, *)
  Lemma rank_regroup_shape : rank merged = rank s.
  Proof. unfold regroup_shape. rewrite !rank_set_axis; auto. rewrite rank_set_axis; auto. Qed.
  (* [groups * size, n] at (a, c) becomes [groups * n, size]. *)
  Lemma znth_regroup_shape k : 0 <= k ->
    znth merged k = if k =? c then size else if k =? a then groups * znth s c else znth s k.
  Proof. intros. unfold regroup_shape. rewrite !znth_set_axis by (rewrite ?rank_set_axis; auto). auto. Qed.

  Variable j : idx.
  Hypothesis J : inb merged j = true.
  (* the index of an element of the regrouped tensor *)
  Lemma regroup_rank : rank j = rank s.
  Proof. rewrite (inb_rank _ _ J). apply rank_regroup_shape. Qed.
  (* j[a] counts groups, and what axis c counted, ... *)
  Lemma regroup_at_a : 0 <= znth j a < groups * znth s c.
  Proof.
    pose proof (inb_at _ _ a J) as H. rewrite rank_regroup_shape, znth_regroup_shape in H by lia.
    revert H. cases_of_eqb.
  Qed.
  (* ... and j[c] within a group. *)
  Lemma regroup_at_c : 0 <= znth j c < size.
  Proof.
    pose proof (inb_at _ _ c J) as H. rewrite rank_regroup_shape, znth_regroup_shape in H by lia.
    revert H. cases_of_eqb.
  Qed.
  (* j[a] = group * n + its element of axis c *)
  Lemma regroup_group : 0 < znth s c /\ 0 <= znth j a / znth s c < groups
    /\ 0 <= znth j a mod znth s c < znth s c.
  Proof.
    pose proof regroup_at_a. assert (0 < znth s c) by nia. split; auto. split.
    - split. apply Z.div_pos; lia. apply Z.div_lt_upper_bound; lia.
    - apply Z.mod_pos_bound; auto.
  Qed.
  (* the index of an element of the tensor before *)
  Lemma rank_regroup_source : rank (source j) = rank s.
  Proof.
    unfold regroup_source. rewrite !rank_set_axis; rewrite ?rank_set_axis; rewrite ?regroup_rank; auto.
  Qed.
  (* its coordinates *)
  Lemma znth_regroup_source k : 0 <= k ->
    znth (source j) k = if k =? c then znth j a mod znth s c
                        else if k =? a then znth j a / znth s c * size + znth j c else znth j k.
  Proof.
    intros. unfold regroup_source.
    rewrite !znth_set_axis by (rewrite ?rank_set_axis, ?regroup_rank; rewrite ?regroup_rank; auto). auto.
  Qed.
  (* at axis c: j[a] mod n *)
  Lemma regroup_source_at_c : znth (source j) c = znth j a mod znth s c.
  Proof. rewrite znth_regroup_source, Z.eqb_refl by lia. auto. Qed.
  (* at axis a: (j[a] / n) * size + j[c] *)
  Lemma regroup_source_at_a : znth (source j) a = znth j a / znth s c * size + znth j c.
  Proof. rewrite znth_regroup_source, Z.eqb_refl by lia. cases_of_eqb. Qed.
  (* It is within the shape before. *)
  Lemma regroup_source_inb : inb s (source j) = true.
  Proof.
    apply inb_znth. split. apply Nat2Z.inj, rank_regroup_source.
    intros k Hk. unfold axis_of in Hk. rewrite znth_regroup_source by lia.
    pose proof regroup_group as (M & Gj & Mj). pose proof regroup_at_c. pose proof regroup_size.
    cases_of_eqb. nia.
    pose proof (inb_at _ _ k J) as H1. rewrite rank_regroup_shape, znth_regroup_shape in H1 by lia.
    revert H1. unfold rank. cases_of_eqb.
  Qed.

  (* reshape, transpose, reshape *)
  Notation split := (split_shape s a groups).
  Notation swap := (regroup_swap (rank s) a c).
  (* The transposed shape is the merged one with axis a split into groups and n. *)
  Lemma regroup_swapped_shape : pick swap split = split2 merged a groups (znth s c).
  Proof.
    unfold split_shape. fold (split2 s a groups size). rewrite pick_regroup_swap by auto.
    unfold regroup_shape. axis_by_axis k Hk.
    - ranks.
    - rewrite rank_split2, rank_set_axis in Hk by ranks. rewrite !znth_split2 by ranks.
      cases_of_eqb; rewrite !znth_set_axis by ranks; cases_of_eqb.
  Qed.
  (* transpose_c2 holds. *)
  Lemma regroup_swap_permutation : is_permutation (rank split) swap.
  Proof.
    unfold split_shape. fold (split2 s a groups size). rewrite rank_split2 by auto.
    apply swap_axes_permutation. lia. destruct (Z.ltb_spec a c); lia.
  Qed.
  (* What the last reshape reads: the groups and what axis c counted, apart. *)
  Notation apart := (reshape_source (pick swap split) merged j).
  Lemma regroup_apart : apart = split2 j a (znth j a / znth s c) (znth j a mod znth s c)
    /\ inb (pick swap split) apart = true.
  Proof.
    pose proof regroup_group as (M & Gj & Mj).
    assert (I : inb (pick swap split) (split2 j a (znth j a / znth s c) (znth j a mod znth s c)) = true).
    { rewrite regroup_swapped_shape. apply inb_split2; auto. rewrite rank_regroup_shape; auto. }
    assert (H : apart = split2 j a (znth j a / znth s c) (znth j a mod znth s c)); [|rewrite H; auto].
    unfold reshape_source. rewrite <- (ravel_split2 merged j a groups (znth s c)); auto.
    - rewrite <- regroup_swapped_shape. apply unravel_ravel; auto.
    - rewrite rank_regroup_shape; auto.
    - rewrite znth_regroup_shape by lia. cases_of_eqb.
  Qed.
  (* Through the three moves, element j comes from source j. *)
  Lemma regroup_moves :
    reshape_source s split (transpose_source swap apart) = source j.
  Proof.
    pose proof regroup_group as (M & Gj & Mj). pose proof regroup_at_c as Rc. pose proof regroup_size as E.
    set (o2 := split2 j a (znth j a / znth s c) (znth j a mod znth s c)).
    set (o1 := split2 (source j) a (znth (source j) a / size) (znth (source j) a mod size)).
    assert (H2 : apart = o2) by apply regroup_apart.
    assert (H1 : transpose_source swap o2 = o1).
    { assert (P : pick swap o1 = o2); [|rewrite <- P; apply transpose_source_pick].
      - unfold o1. rewrite <- rank_regroup_source.
        rewrite pick_regroup_swap by (rewrite ?rank_regroup_source; auto).
        rewrite regroup_source_at_a, regroup_source_at_c.
        destruct (div_mod_unique _ size (znth j a / znth s c) (znth j c) Rc eq_refl) as [-> ->].
        unfold o2. axis_by_axis k Hk.
        + rewrite !rank_split2, rank_set_axis, rank_regroup_source, regroup_rank;
            rewrite ?rank_set_axis, ?rank_regroup_source, ?regroup_rank; auto;
            rewrite ?rank_set_axis, ?rank_regroup_source; auto.
        + rewrite rank_split2, rank_set_axis, rank_regroup_source in Hk
            by (rewrite ?rank_set_axis; rewrite ?rank_regroup_source; auto).
          rewrite !znth_split2 by (rewrite ?rank_set_axis, ?rank_regroup_source, ?regroup_rank;
            rewrite ?rank_regroup_source; auto; lia).
          cases_of_eqb; rewrite znth_set_axis by (rewrite ?rank_regroup_source; lia);
            rewrite ?znth_regroup_source by lia; cases_of_eqb.
      - unfold o1. rewrite rank_split2, rank_regroup_source by (rewrite rank_regroup_source; auto).
        replace (rank s + 1) with (rank split); [apply regroup_swap_permutation|].
        unfold split_shape. fold (split2 s a groups size). apply rank_split2; auto. }
    rewrite H2, H1. unfold reshape_source, split_shape. fold (split2 s a groups size). unfold o1.
    rewrite ravel_split2; auto using regroup_source_inb; try lia. apply unravel_ravel, regroup_source_inb.
  Qed.
  (* Where each group has one element and so has axis c, nothing moves. *)
  Lemma regroup_nothing : size = 1 -> znth s c = 1 -> merged = s /\ source j = j.
  Proof.
    intros E1 E2. pose proof regroup_size as E. pose proof regroup_at_c as Rc. split.
    - axis_by_axis k Hk. apply rank_regroup_shape. rewrite rank_regroup_shape in Hk.
      rewrite znth_regroup_shape by lia. cases_of_eqb.
    - axis_by_axis k Hk. rewrite rank_regroup_source, regroup_rank; auto.
      rewrite rank_regroup_source in Hk. rewrite znth_regroup_source by lia. rewrite E1, E2 in *.
      rewrite Z.div_1_r, Z.mod_1_r. cases_of_eqb.
  Qed.
End Regroup.

(* Regrouping back: the sizes change places. *)
Section Back.
  Variables (s : shape) (a c groups : Z).
  Hypotheses (Ha : 0 <= a < rank s) (Hc : 0 <= c < rank s) (AC : a <> c) (G : 0 < groups)
    (D : znth s a mod groups = 0).
  Notation merged := (regroup_shape s a c groups).
  (* The regrouped extents: groups * n at axis a ... *)
  Lemma regrouped_at_a : znth merged a = groups * znth s c.
  Proof. rewrite znth_regroup_shape by (auto; lia). cases_of_eqb. Qed.
  (* ... and the size of a group at axis c; *)
  Lemma regrouped_at_c : znth merged c = znth s a / groups.
  Proof. rewrite znth_regroup_shape by (auto; lia). cases_of_eqb. Qed.
  (* the groups divide again, *)
  Lemma regrouped_divides : znth merged a mod groups = 0.
  Proof. rewrite regrouped_at_a, Z.mul_comm. apply Z.mod_mul. lia. Qed.
  (* into groups of size n. *)
  Lemma regrouped_size : znth merged a / groups = znth s c.
  Proof. rewrite regrouped_at_a, Z.mul_comm. apply Z.div_mul. lia. Qed.
  (* Regrouping twice gives the shape back, *)
  Lemma regroup_shape_back : regroup_shape merged a c groups = s.
  Proof.
    assert (R : rank merged = rank s) by (apply rank_regroup_shape; auto).
    axis_by_axis k Hk; [rewrite rank_regroup_shape; rewrite ?R; auto|].
    rewrite rank_regroup_shape, R in Hk by (rewrite R; auto).
    rewrite znth_regroup_shape by (rewrite ?R; auto; lia).
    rewrite regrouped_size, regrouped_at_c. pose proof (regroup_size s a groups G D).
    cases_of_eqb. rewrite znth_regroup_shape by (auto; lia). cases_of_eqb.
  Qed.
  (* and every element. *)
  Lemma regroup_source_back i : inb s i = true ->
    regroup_source s a c groups (regroup_source merged a c groups i) = i.
  Proof.
    intros H. assert (R : rank merged = rank s) by (apply rank_regroup_shape; auto).
    assert (J : inb (regroup_shape merged a c groups) i = true) by (rewrite regroup_shape_back; auto).
    pose proof (regroup_source_inb merged a c groups ltac:(lia) ltac:(lia) AC G regrouped_divides i J) as K.
    pose proof (inb_at s i a H Ha) as Ia. pose proof (inb_at s i c H Hc) as Ic.
    pose proof (inb_rank s i H) as Ri. pose proof (regroup_size s a groups G D) as E.
    axis_by_axis k Hk. rewrite rank_regroup_source; auto.
    rewrite rank_regroup_source in Hk by auto.
    rewrite (znth_regroup_source s a c groups Ha Hc _ K k) by lia.
    rewrite !(znth_regroup_source merged a c groups) by (auto; lia).
    rewrite !Z.eqb_refl, regrouped_size, regrouped_at_c. destruct (Z.eqb_spec a c); [lia|].
    assert (P : 0 < znth s a / groups) by nia.
    destruct (div_mod_unique _ (znth s c) (znth i a / (znth s a / groups)) (znth i c) Ic eq_refl) as [-> ->].
    pose proof (Z.div_mod (znth i a) (znth s a / groups) ltac:(lia)).
    cases_of_eqb.
  Qed.
End Back.
